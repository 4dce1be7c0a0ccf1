import { type ChannelModel, connect as connectPlain } from 'amqplib'
import { names } from '../names/names.ts'
import { speakOnWire } from './wire-names.ts'

type Options = Parameters<typeof connectPlain>[1]

/** Connects to RabbitMQ; all channels of the connection say the names of the wire. */
export async function connect(url: string, options?: Options): Promise<ChannelModel> {
  const connection = await connectPlain(url, options)
  if (!names.disguised) return connection
  const { createChannel, createConfirmChannel } = connection
  connection.createChannel = async (given) => speakOnWire(await createChannel.call(connection, given))
  connection.createConfirmChannel = async (given) => speakOnWire(await createConfirmChannel.call(connection, given))
  return connection
}
