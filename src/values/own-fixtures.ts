/** The fixtures that come with the emulator. */
export const ownFixtures: readonly string[] = ['default', 'demo', 'sunset']
