// The peer: a bare Fastify route that answers a constant of the same size, with nothing else on.
import Fastify from 'fastify'

const BODY =
  '{"ok":1,"msg":"实名信息正确","xm":"李**","sfz":"1101*****2X","match":true,"birthday":"19****31","sex":"女","address":"北京市**区"}'

const app = Fastify({ logger: false })
app.get('/idcard', async (_request, reply) => {
  reply.type('application/json; charset=utf-8')
  return BODY
})
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}/\n`)
process.on('SIGTERM', () => process.exit(0))
