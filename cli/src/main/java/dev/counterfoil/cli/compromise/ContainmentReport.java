package dev.counterfoil.cli.compromise;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.containment.LeftGood;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    String kids = String.join(", ", contained.kids());
    if (isSealed) {
      out.printf(
          "log %s is sealed at size %d; honest tokens below %s stay valid%n"
              + "  revoked from there on: %s%n",
          contained.log(), contained.size(), below(left, contained.log(), contained.size()), kids);
    } else {
      // Of several revocations of a key the smallest counts.
      long from = left.getFirst().from(contained.kids());
      out.printf(
          "log %s is not sealed, because its signer is lost. Tokens from position %d on are"
              + " invalid, honest ones too; an honest one below %s stays valid where the log"
              + " is published so far%n  revoked from there on: %s%n",
          contained.log(), from, below(left, contained.log(), from), kids);
      if (from < contained.size()) {
        out.printf(
            "  That is where an earlier revocation begins: one from position %d on changes"
                + " nothing.%n",
            contained.size());
      }
    }
    for (Contained.Other other : contained.others()) {
      String others = String.join(", ", other.kids());
      if (other.from() == 0) {
        out.printf(
            "  log %s also carries this signer's name, but the signer does not use it;"
                + " all tokens of its keys are now invalid: %s%n",
            other.log(), others);
      } else {
        out.printf(
            "  log %s, which this signer had before: revoked from position %d on,"
                + " honest tokens below %s stay valid: %s%n",
            other.log(), other.from(), below(left, other.log(), other.from()), others);
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

  /** Below which position tokens stay valid: an earlier revocation may have a smaller one. */
  private static String below(List<LeftGood> left, String log, long from) {
    return left.stream()
        .filter(one -> one.log().equals(log) && one.below() < from)
        .map(one -> one.below() + ", where an earlier revocation begins,")
        .findFirst()
        .orElse("that");
  }

  /** What was done with each key, as the monitor knows it. */
  List<JsonObject> uses(MonitorAdmin monitor, Contained contained) throws IOException {
    List<JsonObject> uses = new ArrayList<>();
    out.println();
    for (String kid : contained.allKids()) {
      List<JsonObject> presented = new ArrayList<>();
      List<JsonObject> unproven = new ArrayList<>();
      List<JsonObject> summary = new ArrayList<>();
      monitor.report(
          kid,
          line -> {
            if (line.get("type") instanceof String type && type.equals("presented")) {
              (Boolean.TRUE.equals(line.get("unproven")) ? unproven : presented).add(line);
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
              .build());
      out.printf(
          "key %s: the signer signed %d tokens with it (to list them, run counterfoil"
              + " keys report %s); %d tokens were presented that it did not sign%n",
          kid, signed, kid, presented.size());
      if (Boolean.FALSE.equals(summary.getLast().get("complete"))) {
        out.printf(
            "  INCOMPLETE: the monitor holds %s of the %s entries that its log published; it may"
                + " have signed more%n",
            summary.getLast().get("held"), summary.getLast().get("published"));
      }
      presented.forEach(one -> presented(one));
      if (!unproven.isEmpty()) {
        out.printf(
            "  %d more are unproven: the last tokens of a lost signer, or forged. To"
                + " see what settles each, run counterfoil findings --kind unproven-token%n",
            unproven.size());
        unproven.forEach(one -> presented(one));
      }
    }
    return uses;
  }

  private void presented(JsonObject one) {
    out.printf(
        "  %s as %s/%s at %s: %s%n",
        Instant.ofEpochMilli(one.get("seen_at_ms") instanceof Long ms ? ms : 0),
        one.get("tenant"),
        one.get("sub"),
        one.get("service"),
        one.get("outcome"));
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
