import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/**
 * Holds this thread until an answer lies in the port. The bell was set to 0 before the question was sent; who answers
 * posts the answer, sets the bell to 1 and notifies. A notification by itself says nothing: it may be that of the answer
 * before, which this thread had already seen when the bell was set.
 */
export function awaitReply(bell: Int32Array<SharedArrayBuffer>, port: MessagePort): unknown {
  for (;;) {
    Atomics.wait(bell, 0, 0);
    const received = receiveMessageOnPort(port);
    if (received !== undefined) return received.message;
  }
}
