// Loaded before a program: tells on standard error of every connection that the program opens, by whatever way.
import dgram from 'node:dgram'
import dns from 'node:dns'
import { Socket } from 'node:net'

const tell = (what) => process.stderr.write(`OUTWARD ${what}\n`)
const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  tell('connection')
  return connect.apply(this, args)
}
const { createSocket } = dgram
dgram.createSocket = (...args) => {
  tell('datagrams')
  return createSocket(...args)
}
for (const name of ['resolve', 'resolve4', 'resolve6', 'resolveTxt', 'reverse']) {
  const original = dns[name]
  dns[name] = (...args) => {
    tell('name server')
    return original(...args)
  }
}
