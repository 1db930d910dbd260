package dev.counterfoil.authority.administration;

import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Changes that one administrator asked for and another one has to confirm, as the registrar's desk
 * has it for keys. Held in memory: after a restart they have to be asked for again.
 */
final class WaitingChanges {
  /** Most changes that wait at one time. */
  static final int WAITING_MAX = 32;

  /** Of these so many of one administrator: nobody keeps the others from asking. */
  static final int OF_ONE_MAX = 8;

  private final Duration confirmWithin;
  private final InstantSource clock;
  private final Map<String, Asked> waiting = new LinkedHashMap<>();
  private long asked;

  /**
   * A change that waits.
   *
   * @param tenant whose it is
   * @param isOfOperator whether an administrator of one tenant neither sees nor confirms it
   * @param by who asked
   * @param why it waits
   */
  record Asked(
      String id,
      Request.Command command,
      String tenant,
      boolean isOfOperator,
      Administrator by,
      String why,
      Instant until) {
    private boolean isWithinReach(Administrator who) {
      return isOfOperator ? who.tenant().isEmpty() : who.reaches(tenant);
    }

    Answer answer() {
      return new Answer.Done(
          JsonObject.builder()
              .put("waits", id)
              .put("asked_by", by.name())
              .put("why", why)
              .put("until", until.getEpochSecond())
              .build());
    }

    JsonObject json() {
      return JsonObject.builder()
          .put("id", id)
          .put("command", command.name())
          .put("arguments", command.arguments())
          .put("asked_by", by.name())
          .put("why", why)
          .put("until", until.getEpochSecond())
          .build();
    }
  }

  WaitingChanges(Duration confirmWithin, InstantSource clock) {
    this.confirmWithin = confirmWithin;
    this.clock = clock;
  }

  /** One that waits from now on; the same of the same administrator goes on to wait as it does. */
  synchronized Optional<Asked> ask(
      Request.Command command, String tenant, boolean isOfOperator, Administrator by, String why) {
    forget();
    for (Asked one : waiting.values()) {
      if (one.command.equals(command) && one.by.name().equals(by.name())) {
        return Optional.of(one);
      }
    }
    long own = waiting.values().stream().filter(one -> isBy(one, by)).count();
    if (waiting.size() >= WAITING_MAX || own >= OF_ONE_MAX) {
      return Optional.empty();
    }
    String id = "a" + ++asked;
    Asked one =
        new Asked(id, command, tenant, isOfOperator, by, why, clock.instant().plus(confirmWithin));
    waiting.put(id, one);
    return Optional.of(one);
  }

  static boolean isBy(Asked one, Administrator who) {
    return one.by.name().equals(who.name());
  }

  /** One by its id, which an administrator reaches. */
  synchronized Optional<Asked> find(String id, Administrator who) {
    forget();
    return Optional.ofNullable(waiting.get(id)).filter(one -> one.isWithinReach(who));
  }

  /** Takes one out; whether it was there: two who confirm at once do not both carry it out. */
  synchronized boolean take(Asked one) {
    return waiting.remove(one.id, one);
  }

  /** Those that an administrator reaches. */
  synchronized List<JsonObject> list(Administrator who) {
    forget();
    return waiting.values().stream()
        .filter(one -> one.isWithinReach(who))
        .map(Asked::json)
        .toList();
  }

  private void forget() {
    Instant now = clock.instant();
    waiting.values().removeIf(one -> !now.isBefore(one.until));
  }
}
