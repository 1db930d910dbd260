package dev.counterfoil.process;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import java.util.Optional;

/**
 * A signer's request about what is another's, as far as it is repeated to people: whoever made it
 * may be a thief, so of his text nothing is taken but names that have a form.
 *
 * @param command its name
 * @param kid the key that it is about
 * @param log the log
 */
public record ForeignRequest(String command, Optional<String> kid, Optional<String> log) {
  /** Of a command that says what it is about. */
  public static ForeignRequest of(Request.Command command, KeyLogState state) {
    Optional<KeyStatement> key =
        command.name().equals(Commands.STATE_KEY)
            ? statement(command)
            : command.text("kid").flatMap(state::key);
    return new ForeignRequest(
        command.name(),
        key.map(KeyStatement::kid),
        command
            .text("log_name")
            .or(() -> command.text("log"))
            .or(() -> key.flatMap(KeyStatement::log))
            .filter(TokenId::isLogName));
  }

  private static Optional<KeyStatement> statement(Request.Command command) {
    try {
      return Optional.of(KeyStatement.parse(command.arguments().object("key")));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  public String forPeople() {
    return command
        + kid.map(key -> " of key " + key).orElse("")
        + log.map(name -> " of log " + name).orElse("");
  }
}
