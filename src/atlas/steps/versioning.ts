import { pathOf } from '../../values/url.js'
import { errors } from '../errors/errors.js'
import type { Step } from '../operation.js'
import { Timeline } from '../versions.js'

/** Negotiates the resource version, and tells of its end. */
export const versioning: Step = {
  name: 'version',
  at: 'onRequest',
  make: ({ resource, versions }, { world, clock }) => {
    const timeline = new Timeline(() => world.versions(resource) ?? versions, clock)
    return (request, reply) => {
      const version = timeline.negotiate(request.raw.headers.accept ?? '')
      if (!version) throw errors.noAcceptableVersion.with({})
      if (version.announcements) reply.headers(version.announcements)
      if (version.isGone) {
        throw errors.versionGone.with({ date: version.date, target: pathOf(request.raw.url as string).slice(1) })
      }
      request.version = version
    }
  },
}
