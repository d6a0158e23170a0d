import { Type } from 'typebox';

/** Who a server says that somebody is. */
export const userSchema = Type.Object({
  username: Type.String(),
  groups: Type.Array(Type.String()),
  email: Type.Optional(Type.String()),
  displayName: Type.Optional(Type.String()),
  how: Type.String(),
});
