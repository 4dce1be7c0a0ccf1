/** What Waybill takes from the environment. Empty variables count as absent. */
export interface Environment {
  readonly configFile?: string
  readonly contractFile?: string
  readonly databaseUrl?: string
  readonly otlpHttp?: string
  readonly otlpGrpc?: string
  readonly otlpToken?: string
  readonly exportTo?: string
  readonly amqpUrl?: string
  readonly amqpManagementUrl?: string
  readonly logLevel?: string
  readonly speed?: string
  readonly noColor: boolean
}

const VARIABLES = {
  configFile: 'WAYBILL_CONFIG',
  contractFile: 'WAYBILL_CONTRACT',
  databaseUrl: 'DATABASE_URL',
  otlpHttp: 'WAYBILL_OTLP_HTTP',
  otlpGrpc: 'WAYBILL_OTLP_GRPC',
  otlpToken: 'WAYBILL_OTLP_TOKEN',
  exportTo: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  amqpUrl: 'AMQP_URL',
  amqpManagementUrl: 'AMQP_MANAGEMENT_URL',
  logLevel: 'WAYBILL_LOG_LEVEL',
  speed: 'WAYBILL_SPEED',
} as const

/** The name of the variable that sets `key`, for messages. */
export const variableOf = (key: keyof typeof VARIABLES): string => VARIABLES[key]

/** Whether a mistake's place is one of our variables. */
export const isVariable = (name: string): boolean => Object.values<string>(VARIABLES).includes(name)

/** The one place where Waybill's own settings are read from the environment. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const given = Object.entries(VARIABLES).flatMap(([key, variable]) => {
    const value = variables[variable]
    return value === undefined || value === '' ? [] : [[key, value] as const]
  })
  return { ...Object.fromEntries(given), noColor: (variables.NO_COLOR ?? '') !== '' }
}

/** The environment a child process of ours may see: everything but what an enclosing npm leaves behind. */
export const childEnvironment = (variables: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !/^npm_(config|package|lifecycle)_/i.test(name)))
