import type { MessageReply, Reply } from 'groundwork-core';
import { CoreError } from './errors';
import type { CoreMessage } from './message';

/** The answer of a binding, or its refusal as an exception. */
export function unwrap<T>(reply: Reply<T>): T {
  if (reply.ok) return reply;
  throw new CoreError(reply);
}

export function messageFrom(reply: Reply<MessageReply>): CoreMessage {
  const { json, bytes } = unwrap(reply);
  return { json: JSON.parse(json) as unknown, bytes };
}
