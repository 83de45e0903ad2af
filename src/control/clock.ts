import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { Duration, Moment } from '../values/fields.js'
import { Entry } from '../values/schema.js'
import { parseDuration, parseMoment, preciseDate } from '../values/time.js'
import { type ClockSetting, latest, type SettableClock } from '../world/clock.js'
import type { SubjectOptions } from './context.js'
import { MomentOf } from './fields.js'
import { invalidBody } from './problems.js'

export const ClockState = Type.Object({
  now: MomentOf('What the clock says'),
  frozen: Type.Boolean({ description: 'Whether it stands still' }),
  offset: Type.Integer({ description: "How far it is ahead of the system's time, in milliseconds" }),
})
export type ClockState = Static<typeof ClockState>

export const ClockCommand = Entry('One of advance, freeze and resume', {
  advance: Type.Optional(Duration('By how much')),
  freeze: Type.Optional(Moment('At what moment')),
  resume: Type.Optional(Type.Literal(true, { description: 'Lets the clock run on from where it is' })),
})
export type ClockCommand = Static<typeof ClockCommand>

/** What time it is. */
export const clockRoutes: FastifyPluginAsyncTypebox<SubjectOptions> = async (app, { context: { store, clock } }) => {
  app.get(
    '/clock',
    { schema: { operationId: 'getClock', summary: 'Tell the time', response: { 200: ClockState } } },
    async () => clockState(clock),
  )

  app.post(
    '/clock',
    {
      schema: {
        operationId: 'setClock',
        summary: 'Advance, freeze or resume the clock',
        body: ClockCommand,
        response: { 200: ClockState },
      },
    },
    async ({ body }) => {
      const setting = checkedSetting(body, clock)
      store.properties.set('clock', setting)
      clock.set(setting)
      return clockState(clock)
    },
  )
}

/** What the clock says. */
export function clockState(clock: SettableClock): ClockState {
  return { now: preciseDate(clock.now()), frozen: 'frozen' in clock.setting, offset: clock.ahead }
}

/** @throws {ControlError} for a command that says nothing or too much, and for a time that the clock cannot show */
function checkedSetting(command: ClockCommand, clock: SettableClock): ClockSetting {
  const chosen = Object.keys(command)
  const [name] = chosen
  if (chosen.length !== 1 || name === undefined) {
    const text = `found ${chosen.join(', ') || 'nothing'}; allowed: one of advance, freeze, resume`
    throw invalidBody([{ pointer: '', text }])
  }
  const setting = settingFor(command, clock)
  if (!setting || clock.nowUnder(setting) >= latest) {
    throw invalidBody([{ pointer: `/${name}`, text: 'allowed: a time that exists, from 1970 to 9998' }])
  }
  return setting
}

function settingFor({ advance, freeze }: ClockCommand, clock: SettableClock): ClockSetting | undefined {
  if (advance !== undefined) return clock.advanced(parseDuration(advance) as number)
  if (freeze === undefined) return clock.resumed()
  const frozen = parseMoment(freeze)
  return frozen === undefined ? undefined : { frozen }
}
