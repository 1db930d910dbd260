package dev.counterfoil.signer;

import java.util.List;
import java.util.Set;

/** Unix users of a socket. */
final class Users {
  private Users() {}

  /** Those that are named; where none is, the one that the process runs as. */
  static Set<String> orSelf(List<String> users) {
    return users.isEmpty() ? Set.of(System.getProperty("user.name")) : Set.copyOf(users);
  }
}
