package dev.counterfoil.cli.compromise;

import dev.counterfoil.cli.command.Findings;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.containment.LeftGood;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What was contained and what was done with its keys: for people as it goes, and for programs. */
final class ContainmentReport {
  private final PrintStream out;
  private final boolean isSealed;

  /**
   * For one command.
   *
   * @param out what people read
   * @param isSealed whether a signer sealed its log; of a lost one nobody did
   */
  ContainmentReport(PrintStream out, boolean isSealed) {
    this.out = out;
    this.isSealed = isSealed;
  }

  /**
   * What was done, and what is to be done about it.
   *
   * @param left which tokens stay valid
   */
  void say(Contained contained, List<LeftGood> left) {
    String log = contained.log();
    SequencedMap<Long, List<String>> ends = ends(left, log, contained.kids(), contained.size());
    Map.Entry<Long, List<String>> last = ends.pollFirstEntry();
    String kids = String.join(", ", last.getValue());
    if (isSealed) {
      out.printf(
          "log %s is sealed at size %d; honest tokens below %s stay valid%n"
              + "  revoked from there on: %s%n",
          log, contained.size(), below(last.getKey(), contained.size()), kids);
    } else {
      out.printf(
          "log %s is not sealed, because its signer is lost. Tokens of these keys from position %d"
              + " on are invalid, honest ones too; an honest one below %s stays valid where the"
              + " log is published so far%n  revoked from there on: %s%n",
          log, last.getKey(), below(last.getKey(), last.getKey()), kids);
      out.println(
          "Warning: if its folder or host comes back, the signer continues in this log with a new"
              + " key, and tokens of that key are valid. If the attacker may have the folder, do"
              + " not put it back. If it is back, run counterfoil compromise with the signer's"
              + " name and --yes: that seals the log.");
      if (last.getKey() < contained.size()) {
        out.printf(
            "  That is where an earlier revocation begins: one from position %d on changes"
                + " nothing.%n",
            contained.size());
      }
    }
    ends.forEach(
        (end, earlier) ->
            out.printf(
                "  revoked earlier, from position %d on, and honest tokens below that stay valid:"
                    + " %s%n",
                end, String.join(", ", earlier)));
    for (Contained.Other other : contained.others()) {
      if (other.from() == 0) {
        out.printf(
            "  log %s also carries this signer's name, but the signer does not use it;"
                + " all tokens of its keys are now invalid: %s%n",
            other.log(), String.join(", ", other.kids()));
      } else {
        ends(left, other.log(), other.kids(), other.from())
            .forEach(
                (end, others) ->
                    out.printf(
                        "  log %s, which this signer had before: revoked from position %d on,"
                            + " honest tokens below %s stay valid: %s%n",
                        other.log(), end, below(end, other.from()), String.join(", ", others)));
      }
    }
    contained.remarks().forEach(remark -> out.println("Warning: " + remark + "."));
    if (contained.replaced()) {
      out.println(
          "Run this command again once the signer is back. The list of its logs came"
              + " from the old process, which the attacker may have controlled.");
    }
    out.println();
  }

  /**
   * From which position on the tokens of a log's keys are invalid, the last first. Of several
   * revocations of a key the smallest counts.
   */
  private static SequencedMap<Long, List<String>> ends(
      List<LeftGood> left, String log, List<String> kids, long from) {
    Map<String, Long> ofKeys =
        left.stream()
            .filter(one -> one.log().equals(log))
            .findFirst()
            .<Map<String, Long>>map(LeftGood::from)
            .orElse(Map.of());
    SequencedMap<Long, List<String>> ends = new TreeMap<>(Comparator.reverseOrder());
    kids.forEach(
        kid ->
            ends.computeIfAbsent(ofKeys.getOrDefault(kid, from), _ -> new ArrayList<>()).add(kid));
    return ends;
  }

  private static String below(long end, long from) {
    return end < from ? end + ", where an earlier revocation begins," : "that";
  }

  /** What was done with each key, as the monitor knows it. */
  List<JsonObject> uses(MonitorAdmin monitor, Contained contained) throws IOException {
    List<JsonObject> uses = new ArrayList<>();
    out.println();
    for (String kid : contained.allKids()) {
      List<JsonObject> presented = new ArrayList<>();
      List<JsonObject> unproven = new ArrayList<>();
      List<JsonObject> twoHistories = new ArrayList<>();
      List<JsonObject> summary = new ArrayList<>();
      monitor.report(
          kid,
          line -> {
            if (line.get("type") instanceof String type && type.equals("presented")) {
              (Boolean.TRUE.equals(line.get("unproven"))
                      ? unproven
                      : Boolean.TRUE.equals(line.get("two_histories")) ? twoHistories : presented)
                  .add(line);
            } else if (line.get("type") instanceof String type && type.equals("summary")) {
              summary.add(line);
            }
          });
      long signed = summary.getLast().get("signed") instanceof Long count ? count : 0;
      uses.add(
          JsonObject.builder()
              .put("kid", kid)
              .put("signed", signed)
              .put("complete", !Boolean.FALSE.equals(summary.getLast().get("complete")))
              .put("presented_without_counterfoil", presented)
              .put("presented_unproven", unproven)
              .put("presented_two_histories", twoHistories)
              .build());
      out.printf(
          "key %s: the signer signed %d tokens with it (to list them, run counterfoil"
              + " keys report %s); %s presented that it did not sign%n",
          kid, signed, kid, tokens(presented, "token was", "tokens were"));
      Findings.lacks(summary.getLast()).forEach(why -> out.println("  " + why));
      presented.forEach(one -> presented(one));
      if (!unproven.isEmpty()) {
        out.printf(
            "  %s unproven: the last tokens of a lost signer, or forged. To"
                + " see what settles each, run counterfoil findings --kind unproven-token%n",
            tokens(unproven, "more is", "more are"));
        unproven.forEach(one -> presented(one));
      }
      if (!twoHistories.isEmpty()) {
        out.printf(
            "  %s an honest token of the log's other history, or forged: the record cannot tell."
                + " To settle it, look for%n  its digest in the folder that was replaced, or at a"
                + " custodian that holds the other history%n",
            tokens(twoHistories, "more may be", "more may each be"));
        twoHistories.forEach(one -> presented(one));
      }
    }
    return uses;
  }

  /** How many tokens: one that was presented several times has several lines. */
  private static String tokens(List<JsonObject> presented, String one, String many) {
    Set<Object> tokens = new HashSet<>();
    for (JsonObject line : presented) {
      Object token = line.get("digest") != null ? line.get("digest") : line.get("jti");
      tokens.add(token == null ? line : token);
    }
    return tokens.size() + " " + (tokens.size() == 1 ? one : many);
  }

  /** What it claims of whom it is for: the token of an event names no person. */
  private static String whose(JsonObject one) {
    String person =
        Stream.of("tenant", "sub")
            .map(one::get)
            .filter(Objects::nonNull)
            .map(String::valueOf)
            .collect(Collectors.joining("/"));
    if (!person.isEmpty()) {
      return "as " + person;
    }
    if (one.get("jti") != null) {
      return "token " + one.get("jti");
    }
    return one.get("digest") != null
        ? "token of digest " + one.get("digest")
        : "a token that names nobody";
  }

  /** The forger chose a token's texts: none of them turns the rest of the line. */
  private void presented(JsonObject one) {
    Instant seen = Instant.ofEpochMilli(one.get("seen_at_ms") instanceof Long ms ? ms : 0);
    out.println(
        PlainText.of(
            "  %s %s at %s: %s"
                .formatted(seen, whose(one), one.get("service"), one.get("outcome"))));
  }

  /**
   * One of them for programs.
   *
   * @param uses of its keys; empty where the monitor does not tell
   * @param held what the monitor holds of all that stays valid; empty where it does not tell
   */
  static JsonObject.Builder json(
      Contained contained, Optional<List<JsonObject>> uses, List<HeldTokens> held) {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("log", contained.log())
            .put("size", contained.size())
            .put("kids", contained.kids())
            .put("changed", contained.changed())
            .put("others", contained.others().stream().map(ContainmentReport::json).toList())
            .put("remarks", contained.remarks())
            .put("say_once_more", contained.replaced());
    uses.ifPresent(of -> json.put("uses", of));
    if (!held.isEmpty()) {
      held.getFirst().held().ifPresent(size -> json.put("held", size));
      json.put("stays_valid", held.stream().map(HeldTokens::toJson).toList());
    }
    return json;
  }

  private static JsonObject json(Contained.Other other) {
    return JsonObject.builder()
        .put("log", other.log())
        .put("from", other.from())
        .put("kids", other.kids())
        .build();
  }
}
