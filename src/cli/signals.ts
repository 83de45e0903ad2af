const stopSignals = ['SIGTERM', 'SIGINT'] as const

/** Is aborted by the first signal to stop. A second one ends the process at once, since nothing listens for it any more. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  const onSignal = () => {
    for (const signal of stopSignals) process.off(signal, onSignal)
    stop.abort()
  }
  for (const signal of stopSignals) process.on(signal, onSignal)
  return stop.signal
}
