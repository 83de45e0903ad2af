import type { Credential } from '../../store/records.js'
import { IpList, plainAddress } from '../../values/ip-list.js'
import { errors } from '../errors/errors.js'
import type { CheckStep, ServedOperation } from '../operation.js'

/** Credentials are the same objects until they change, so their lists are made once. */
const lists = new WeakMap<Credential, IpList>()

function listOf(credential: Credential): IpList {
  const known = lists.get(credential)
  if (known) return known
  const list = new IpList(credential.accessList)
  lists.set(credential, list)
  return list
}

/** Whether the credential may be used from where the request comes from. */
export const ipAccess: CheckStep<ServedOperation> = {
  name: 'address',
  at: 'onRequest',
  make: () => (request) => {
    const { credential } = request
    if (!credential) return
    if (credential.accessList.length === 0) {
      if (credential.accessListRequired) throw errors.accessListRequired.with({ ip: plainAddress(request.ip) })
      return
    }
    const { ip } = request
    if (!listOf(credential).includes(ip)) throw errors.addressNotAllowed.with({ ip: plainAddress(ip) })
  },
}
