package dev.counterfoil.cli.statements;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.disclosure.IncidentAsk;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows a draft, and writes the texts around the claims. */
@Command(
    name = "draft",
    description = {
      "Shows a document as it would be published now, and what is wrong with it.",
      "--set writes a text that stands around the claims: headline, summary, advice, next-word, or"
          + " a field of a form.",
      "Exit code 1: something keeps it from being published."
    })
final class StatementDraftCommand extends IncidentAsk {
  @Option(
      names = "--document",
      paramLabel = "NAME",
      description =
          "Which one: text (default), html, notices, brief (internal), or form/RULE/STAGE for a regulator.")
  private String document = "text";

  @Option(
      names = "--set",
      paramLabel = "NAME=TEXT",
      description = "Writes a text. Repeat for several.")
  private @Nullable Map<String, String> texts;

  @Option(
      names = "--draft",
      paramLabel = "DIGEST",
      description =
          "The draft that you read: with it, --set writes over what another person wrote.")
  private @Nullable String read;

  @Override
  protected int run() throws FormatException, InterruptedException {
    Map<String, String> written = texts;
    if (written != null) {
      JsonObject.Builder json = JsonObject.builder();
      written.forEach(json::put);
      String digest = read;
      JsonObject about = about().with("texts", json.build());
      ask("texts", digest == null ? about : about.with("draft", digest));
    }
    JsonObject draft = ask("draft", about().with("document", document));
    String content =
        draft.string("content").lines().map(PlainText::of).collect(Collectors.joining("\n"));
    print(draft, content + "\n\n" + objections(draft) + "Draft " + draft.string("draft"));
    return draft.strings("objections").isEmpty() ? ExitCode.OK : ExitCode.NO;
  }

  /** What keeps a draft from being published. */
  static String objections(JsonObject answer) throws FormatException {
    return answer.strings("objections").isEmpty()
        ? "Nothing contradicts the claims.\n"
        : "Before it can be published:\n"
            + answer.strings("objections").stream()
                .map(line -> "  " + PlainText.of(line) + "\n")
                .collect(Collectors.joining());
  }
}
