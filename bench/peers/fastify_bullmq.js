// fastify + BullMQ. Best settings: one connection that ioredis pipelines by itself (enableAutoPipelining).
import { Queue } from 'bullmq'
import { listen } from './entrance.js'

const queue = new Queue('invitations', {
  connection: { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), enableAutoPipelining: true },
})

await queue.waitUntilReady()
await listen(async (team, invitation) => (await queue.add('invite', { team, ...invitation })).id)
