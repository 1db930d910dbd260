package dev.counterfoil.registrar.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import java.time.Duration;

/** Which commands of one operator wait for another one. */
public record SecondPerson(
    @Meaning(
            "Whether revoking and withdrawing keys, ending logs,"
                + " stating an audit log and long pauses wait for a second operator, another"
                + " Unix user in admin-users.")
        @Default("false")
        boolean required,
    @Meaning("How long such a command waits before it expires.")
        @Default("1h")
        @Bounds(min = "1m", max = "24h")
        Duration confirmWithin,
    @Meaning(
            "Whether one operator may revoke keys alone in an emergency, with --alone."
                + " compromise does so.")
        @Default("true")
        boolean alone,
    @Meaning("Pauses of the rotation up to this length wait for nobody.")
        @Default("4h")
        @Bounds(min = "0s", max = "365d")
        Duration pauseLongerThan) {
  /** Nobody waits. */
  public static final SecondPerson NOBODY =
      new SecondPerson(false, Duration.ofHours(1), true, Duration.ofHours(4));
}
