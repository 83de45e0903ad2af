import type { Credential } from '../../store/records.js'
import { IpList, plainAddress } from '../../values/ip-list.js'
import { rememberingObjects } from '../../values/remembering.js'
import { errors } from '../errors/errors.js'
import type { CheckStep, ServedOperation } from '../operation.js'

/** Credentials are the same objects until they change, so their lists are made once. */
const listOf = rememberingObjects(({ accessList }: Credential) => new IpList(accessList))

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
