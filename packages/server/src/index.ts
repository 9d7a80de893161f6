// The public face of the package: the server as a function. The command stands in `main.ts`.

export { type Config, type ConfigInput, configSchema } from "./config.ts";
export { OperatorError } from "./operator-error.ts";
export { type RunningServer, type ServerOptions, startServer } from "./server.ts";
