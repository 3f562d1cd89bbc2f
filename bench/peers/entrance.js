// What both fastify peers share, as fastify's documentation shows it (validation and serialization, hooks): the shape
// of an invitation, the answer, and the check of the API key. Best settings: no logger, a schema for the answer too.
import { createHash } from 'node:crypto'
import Fastify from 'fastify'

const hashed = (key) => createHash('sha256').update(key).digest('hex')
const teams = new Map([[hashed(process.env.API_KEY), 'team']])

const schema = {
  body: {
    type: 'object',
    required: ['profile_urn'],
    properties: {
      profile_urn: { type: 'string', pattern: '^urn:li:fsd_profile:[A-Za-z0-9_-]{1,128}$' },
      note: { type: 'string', maxLength: 300 },
    },
  },
  response: {
    200: { type: 'object', properties: { success: { type: 'boolean' }, id: { type: 'string' } } },
  },
}

export function listen(enqueue) {
  const app = Fastify({ logger: false })
  app.decorateRequest('team', null)
  app.addHook('onRequest', async (request, reply) => {
    request.team = teams.get(hashed(request.headers['x-api-key'] ?? ''))
    if (request.team === undefined) return reply.code(401).send({ error: 'unknown API key' })
  })
  app.post('/invitations', { schema }, async (request) => ({
    success: true,
    id: await enqueue(request.team, request.body),
  }))
  return app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
}
