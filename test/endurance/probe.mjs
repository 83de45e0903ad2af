// Loaded before the server by a test that asks for its memory: `node --expose-gc --import .../probe.mjs dist/main.cjs`.
// A message over the channel to the test has it collect what is garbage, and answer with what is left.
const mebibyte = 2 ** 20
let peak = 0
const sample = () => {
  peak = Math.max(peak, process.memoryUsage.rss())
}
setInterval(sample, 20).unref()

process.on('message', () => {
  sample()
  // Twice: what the first one finalises, the second one frees.
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  process.send({ live: (heapUsed + external) / mebibyte, peak: peak / mebibyte })
  peak = 0
})
// The channel does not keep the server from ending.
process.channel.unref()
