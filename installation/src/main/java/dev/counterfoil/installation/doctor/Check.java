package dev.counterfoil.installation.doctor;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.util.Locale;

/**
 * Something that the doctor looked at.
 *
 * @param about what it is part of
 * @param name of it
 * @param state how it was found
 * @param essential whether a signer does not start without it
 * @param seen why it is held, or what was seen instead
 * @param advice what to do where it is not held
 */
public record Check(
    About about, String name, State state, boolean essential, String seen, String advice) {
  /** What a process says of itself may be an attacker's: it is shown on a terminal. */
  public Check {
    name = PlainText.of(name);
    seen = PlainText.of(seen);
    advice = PlainText.of(advice);
  }

  /** What a check is part of. */
  public enum About {
    /** What the running process says of its protections, and proved at its start. */
    PROTECTION,
    /** The same process, seen from outside. */
    OUTSIDE,
    /** The machine and its kernel. */
    MACHINE,
    /** Files, folders and sockets. */
    FILES
  }

  /** How it was found. */
  public enum State {
    HELD,
    NOT_HELD,
    /** Could not be looked at, such as for want of rights. */
    UNKNOWN
  }

  static Check of(
      About about, String name, boolean held, boolean essential, String seen, String advice) {
    return new Check(about, name, held ? State.HELD : State.NOT_HELD, essential, seen, advice);
  }

  static Check unknown(About about, String name, boolean essential, String why) {
    return new Check(about, name, State.UNKNOWN, essential, why, "ask again as root");
  }

  /** As the command prints it for programs. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("about", about.name().toLowerCase(Locale.ROOT))
        .put("name", name)
        .put("state", state.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .put("essential", essential)
        .put("seen", seen)
        .put("advice", state == State.HELD ? null : advice)
        .build();
  }
}
