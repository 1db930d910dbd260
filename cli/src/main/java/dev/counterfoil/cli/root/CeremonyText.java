package dev.counterfoil.cli.root;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.KeyTexts;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.RootMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A ceremony in plain words: what a holder reads before he signs. */
final class CeremonyText {
  private CeremonyText() {}

  static Ceremony.Checked checked(Ceremony ceremony) {
    try {
      return ceremony.check();
    } catch (FormatException e) {
      throw CommandFailure.environment("this is not a ceremony to sign: " + e.getMessage());
    }
  }

  static String words(Ceremony.Checked checked) {
    StringBuilder text = new StringBuilder();
    RootMetadata root = checked.root();
    text.append("Root version ").append(root.version());
    text.append(checked.rootIsComplete() ? "" : ", NEW: this ceremony signs it").append('\n');
    text.append("  hash      ").append(root.hash().hex()).append('\n');
    text.append("  expires   ").append(root.expires()).append('\n');
    text.append("  delegates by ")
        .append(root.threshold())
        .append(" of ")
        .append(root.keys().size())
        .append(" holders:\n");
    for (NoteKey key : root.keys()) {
      text.append("    ").append(key.name()).append("  ").append(key).append('\n');
    }
    checked.before().ifPresent(before -> changes(text, before, root));
    Map<String, Delegation> last = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Delegation delegation : checked.said()) {
      String bounds = bounds(delegation);
      counts.merge(bounds, 1, Integer::sum);
      Delegation first = last.putIfAbsent(bounds, delegation);
      if (first == null) {
        text.append("Delegates to the registrar of ")
            .append(delegation.domain())
            .append(" (")
            .append(delegation.issuer())
            .append(")\n")
            .append(bounds);
      }
      text.append("    window ")
          .append(delegation.version())
          .append("  ")
          .append(delegation.notBefore())
          .append(" to ")
          .append(delegation.notAfter())
          .append('\n');
    }
    if (checked.said().isEmpty()) {
      text.append(
          "Delegates to NOBODY yet. No key is valid before a ceremony delegates to a"
              + " registrar, with the registrar's ceremony-request.json as --request\n");
    }
    text.append(missing(checked));
    return text.toString();
  }

  private static void changes(StringBuilder text, RootMetadata before, RootMetadata root) {
    for (NoteKey key : before.keys()) {
      if (!root.keys().contains(key)) {
        text.append("  no more:  ").append(key.name()).append('\n');
      }
    }
    for (NoteKey key : root.keys()) {
      if (!before.keys().contains(key)) {
        text.append("  from now: ").append(key.name()).append('\n');
      }
    }
    if (before.threshold() != root.threshold()) {
      text.append("  it took ").append(before.threshold()).append(" before\n");
    }
  }

  private static String bounds(Delegation delegation) {
    Delegation.Bounds bounds = delegation.bounds();
    return "  statement key "
        + delegation.statementKey().thumbprint()
        + "\n  for tenants "
        + text(bounds.tenants())
        + ", audiences "
        + text(bounds.audiences())
        + ", token types "
        + text(bounds.tokenTypes())
        + "\n  longest token lifetime "
        + KeyTexts.text(bounds.lifeMax())
        + (bounds.recordForms().contains("none")
            ? "\n  ALLOWS KEYS WHOSE TOKENS NOBODY RECORDS\n"
            : ", and are recorded\n")
        + bounds.attachedIssuers().stream()
            .sorted()
            .map(issuer -> "  ATTACHES the issuer " + issuer + ", for recorded digests\n")
            .collect(Collectors.joining());
  }

  private static String text(AllowList list) {
    return list.any() ? "ANY" : String.join(", ", list.toJson());
  }

  static String missing(Ceremony.Checked checked) {
    if (checked.missing().isEmpty()) {
      return "Complete. Hand it to the registrar: counterfoil root record\n";
    }
    Map<String, String> lines = new LinkedHashMap<>();
    for (Ceremony.Missing one : checked.missing()) {
      String what = one.what().replaceFirst("^delegation [0-9]+", "the delegations");
      lines.putIfAbsent(
          what,
          "Missing: %d more of %d signatures on %s; they may come from %s%n"
              .formatted(
                  one.need() - one.have(), one.need(), what, String.join(", ", one.holders())));
    }
    return String.join("", lines.values());
  }

  static JsonObject json(Ceremony.Checked checked) {
    List<JsonObject> missing =
        checked.missing().stream()
            .map(
                one ->
                    JsonObject.builder()
                        .put("what", one.what())
                        .put("have", one.have())
                        .put("need", one.need())
                        .put("holders", one.holders())
                        .build())
            .toList();
    return JsonObject.builder()
        .put("root", checked.root().toJson())
        .put("root_pin", checked.root().pin().toString())
        .put("delegations", checked.said().stream().map(Delegation::toJson).toList())
        .put("complete", missing.isEmpty())
        .put("missing", missing)
        .build();
  }
}
