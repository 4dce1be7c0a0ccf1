/** What a private broker is told. */
export interface BrokerSettings {
  readonly amqpPort: number
  readonly managementPort: number
  readonly user: string
  readonly password: string
  readonly consumerTimeoutMs?: number | undefined
}

/** The plugins every private broker has: the management API, and broker events as messages. */
export const PLUGINS = ['rabbitmq_management', 'rabbitmq_event_exchange'] as const

/** Content of the enabled-plugins file. */
export const enabledPlugins = (): string => `[${PLUGINS.join(',')}].\n`

/**
 * Settings as Erlang terms: the one form every version from 3.8 to 4.x takes for all of them (`channel_tick_interval` in `rabbitmq.conf`
 * stops 3.10 from starting), and one that needs no schema to be read. The short tick makes the broker notice an overdue
 * acknowledgement within a second of its limit.
 */
export function advancedConfig({
  amqpPort,
  managementPort,
  user,
  password,
  consumerTimeoutMs,
}: BrokerSettings): string {
  const binary = (text: string) => `<<"${text}">>`
  const timeout = consumerTimeoutMs === undefined ? '' : `\n    {consumer_timeout, ${Math.round(consumerTimeoutMs)}},`
  return `[
  {rabbit, [${timeout}
    {tcp_listeners, [{"127.0.0.1", ${amqpPort}}]},
    {default_user, ${binary(user)}},
    {default_pass, ${binary(password)}},
    {channel_tick_interval, 1000},
    {collect_statistics_interval, 1000},
    {disk_free_limit, 50000000},
    {log, [{console, [{enabled, true}, {level, warning}]}, {file, [{file, false}]}]}
  ]},
  {rabbitmq_management, [
    {tcp_config, [{ip, "127.0.0.1"}, {port, ${managementPort}}]},
    {disable_metrics_collector, false}
  ]}
].
`
}
