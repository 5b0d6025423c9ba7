/** How requests get in: ports, sockets, TLS, HTTP/2, and how that ends. */
export { createServer, type Tls } from './create-server.js';
export { createEnding, type Ending } from './ending.js';
export { listen } from './listen.js';
export { listenOnSocket } from './socket.js';
