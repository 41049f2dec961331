// What seed and worker share.
import IORedis from "ioredis";

export const NAME = "webhooks";

// BullMQ asks for maxRetriesPerRequest null on a worker's connection.
export const connect = (url) => new IORedis(url, { maxRetriesPerRequest: null });
