import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Credential } from '../../store/records.js'
import { AccessList, plainAddress } from '../../values/ip-list.js'
import { errors } from '../errors/errors.js'
import { beforeHandling } from '../route-hooks.js'

/** Rows 4 and 5: whether the credential may be used from where the request comes from. */
export const accessLists = fp(
  async (app: FastifyInstance) => {
    const lists = new WeakMap<Credential, AccessList>()
    const listOf = (credential: Credential): AccessList => {
      const known = lists.get(credential)
      if (known) return known
      const list = new AccessList(credential.accessList)
      lists.set(credential, list)
      return list
    }

    app.addHook('onRoute', (route) => {
      beforeHandling(route, ({ credential, ip }, _reply, done) => {
        if (!credential) return done()
        if (credential.accessList.length === 0) {
          if (credential.accessListRequired) throw errors.accessListRequired()
          return done()
        }
        if (!listOf(credential).includes(ip)) throw errors.addressNotAllowed(plainAddress(ip))
        done()
      })
    })
  },
  { name: 'accessLists', dependencies: ['credentials'] },
)
