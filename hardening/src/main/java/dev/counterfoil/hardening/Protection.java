package dev.counterfoil.hardening;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A measure against the process being read, or used once it was taken over. The essential ones are
 * those that any user gets on any kernel that Java 25 runs on, given the flags that the start
 * command passes; the others depend on the machine, and on rights that are not ours to ask for.
 */
public enum Protection {
  NOT_DUMPABLE(
      LostProtection.MEMORY_READABLE_BY_OWN_USER,
      "start it with counterfoil run, or java with --enable-native-access=ALL-UNNAMED"),
  NO_CORE_FILES(
      LostProtection.CORE_FILES,
      "start it with counterfoil run, or java with --enable-native-access=ALL-UNNAMED"),
  NO_ATTACH(
      LostProtection.HEAP_DUMPS_BY_ATTACH,
      "start java with -XX:+DisableAttachMechanism, without agents, debugger and JMX"),
  NO_HEAP_DUMPS(
      LostProtection.HEAP_DUMPS_BY_FLAG,
      "start java without flags that write heap dumps. Check JDK_JAVA_OPTIONS and"
          + " JAVA_TOOL_OPTIONS"),
  NO_NEW_PRIVILEGES(
      LostProtection.PRIVILEGES_BY_SET_USER_ID,
      "start it with counterfoil run, or NoNewPrivileges=yes in its unit"),
  SYSTEM_CALL_FILTER(
      LostProtection.EVERY_SYSTEM_CALL,
      "run it on a kernel with seccomp filters, in a container runtime that does not"
          + " deny seccomp(2)"),
  NO_NETWORK(
      LostProtection.NETWORK_SOCKETS,
      "as for system-call-filter; and PrivateNetwork=yes in its unit, or with a network HSM IPAddressDeny=any and IPAddressAllow= with its address"),
  LANDLOCK(
      null,
      "start it with counterfoil run. It needs Linux 6.2 with Landlock, and setpriv of"
          + " util-linux 2.40"),
  NOT_SWAPPED(
      null, "LimitMEMLOCK=infinity or MemorySwapMax=0 in its unit, or a machine without swap"),
  EMPTY_CORE(null, "start it with counterfoil run, or CoredumpFilter=none in its unit"),
  PRIVATE_CRASH_REPORTS(
      null,
      "start it with counterfoil run, or java with -XX:ErrorFile in its folder and -XX:-UsePerfData"),
  OWN_USER(
      null,
      "run it as its own Unix user, not root, and list the authority's user in"
          + " service-users. See docs/operate/installing.md");

  private final @Nullable LostProtection loss;
  private final String advice;

  Protection(@Nullable LostProtection loss, String advice) {
    this.loss = loss;
    this.advice = advice;
  }

  /** Its name for people and in a status. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What is lost without it; only of those without which the process does not start. */
  public Optional<LostProtection> loss() {
    return Optional.ofNullable(loss);
  }

  /** What to do where it does not hold. */
  public String advice() {
    return advice;
  }
}
