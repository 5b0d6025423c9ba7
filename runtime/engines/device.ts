/** `2 threads`, for the device of a session. */
export const threadCount = (threads: number) => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;
