// Serves, for npm start. npm runs a script by way of a shell, and a signal to npm ends that shell and not what it has
// started; so this stops once whoever has started it is gone.
const parent = process.ppid
const pause = 200

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, pause).unref()

await import('../dist/main.cjs')
