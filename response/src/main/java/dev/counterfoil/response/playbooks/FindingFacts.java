package dev.counterfoil.response.playbooks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.response.playbooks.Action.Target;
import dev.counterfoil.response.playbooks.Playbook.Evidence;
import dev.counterfoil.response.playbooks.Playbook.Severity;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a decision needs of a finding.
 *
 * @param id at the monitor
 * @param kind what happened
 * @param rule the rule's id, of a finding that a rule raised
 * @param evidence how good it is
 * @param isIssued whether the finding's token was issued, or it is about events: only then are its
 *     names those of honest people
 * @param targets what steps could be about
 * @param seenMillis when it was last seen
 */
public record FindingFacts(
    long id,
    String kind,
    Optional<String> rule,
    Severity severity,
    Evidence evidence,
    boolean isIssued,
    Map<Target, String> targets,
    long seenMillis) {
  private static final int TEXT_MAX = 1024;

  /** Findings about events: each is the word of the service that reported it. */
  private static final Set<String> OF_EVENTS =
      Set.of("rule-matched", "credential-reused", "token-disowned");

  /** From so many reporters on, one that lies is not enough. */
  private static final int CORROBORATED = 2;

  public FindingFacts {
    targets = Map.copyOf(targets);
  }

  /** Reads a finding as the monitor shows it. */
  public static FindingFacts parse(JsonObject finding) throws FormatException {
    JsonObject detail = finding.object("detail");
    Optional<JsonObject> presented = detail.optionalObject("presented");
    JsonObject who = presented.or(() -> object(detail, "who")).orElse(detail);
    // Without a token that the monitor checked, the names beside a digest are the reporter's
    // choice.
    boolean isIssued =
        presented.isEmpty()
            || (Boolean.TRUE.equals(presented.get().get("counterfoil"))
                && "good".equals(presented.get().get("signature")));
    Map<Target, String> targets = new EnumMap<>(Target.class);
    put(targets, Target.TOKEN, text(finding, "jti").or(() -> text(who, "token")));
    put(targets, Target.TOKEN, text(detail, "token"));
    put(targets, Target.GRANT, text(detail, "grant"));
    put(
        targets,
        Target.PERSON,
        text(who, "sub").or(() -> text(who, "person")).or(() -> text(who, "actor")));
    put(targets, Target.CLIENT, text(who, "client_id").or(() -> text(who, "client")));
    put(targets, Target.KEY, text(finding, "kid"));
    return new FindingFacts(
        finding.number("id"),
        finding.string("kind"),
        text(detail, "rule"),
        severity(finding.string("severity")),
        evidence(finding.string("kind"), detail, presented),
        isIssued,
        targets,
        finding.number("last_seen_ms"));
  }

  /**
   * What the monitor checked itself is verified: a signature over a whole token, and what is no
   * report of a service. Else it counts who says so, by their clients.
   */
  private static Evidence evidence(String kind, JsonObject detail, Optional<JsonObject> presented) {
    if (presented.isEmpty()) {
      return OF_EVENTS.contains(kind) ? Evidence.ANY : Evidence.VERIFIED;
    }
    if ("good".equals(presented.get().get("signature"))) {
      return Evidence.VERIFIED;
    }
    return detail.get("reporters") instanceof List<?> reporters
            && reporters.stream().distinct().count() >= CORROBORATED
        ? Evidence.CORROBORATED
        : Evidence.ANY;
  }

  private static Severity severity(String text) throws FormatException {
    return Arrays.stream(Severity.values())
        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(() -> new FormatException("there is no severity " + text));
  }

  private static Optional<JsonObject> object(JsonObject in, String member) {
    return in.get(member) instanceof JsonObject found ? Optional.of(found) : Optional.empty();
  }

  private static Optional<String> text(JsonObject in, String member) {
    return in.get(member) instanceof String text && !text.isEmpty() && text.length() <= TEXT_MAX
        ? Optional.of(text)
        : Optional.empty();
  }

  private static void put(Map<Target, String> targets, Target target, Optional<String> value) {
    value.ifPresent(text -> targets.putIfAbsent(target, text));
  }
}
