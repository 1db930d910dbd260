package dev.counterfoil.hardening;

import java.util.Locale;

/**
 * What is lost where a protection does not hold that a signer does not start without. Named in
 * {@code accept-lost-protections} by who knows what he accepts.
 */
public enum LostProtection {
  /** Any process of the same user reads its memory. */
  MEMORY_READABLE_BY_OWN_USER,
  /** A crash writes its memory to a file. */
  CORE_FILES,
  /** Tools and agents of the Java runtime read its heap. */
  HEAP_DUMPS_BY_ATTACH,
  /** The Java runtime writes its heap to a file by itself. */
  HEAP_DUMPS_BY_FLAG,
  /** A program with set-user-ID that it starts gains rights. */
  PRIVILEGES_BY_SET_USER_ID,
  /** Who takes it over has the whole kernel to attack. */
  EVERY_SYSTEM_CALL,
  /** Who takes it over sends keys over the network. */
  NETWORK_SOCKETS;

  /** As the configuration has it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
