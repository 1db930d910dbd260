package dev.counterfoil.cli;

import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.format.TokenId;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which token is meant: by its identifier, or by the token itself, of which the identifier alone is
 * used. Nothing of it is verified.
 */
final class TokenArgument {
  /**
   * A token in whatever else was copied with it: a header's name, quotes, a line of JSON. It begins
   * with an object in base64url, also where its end was cut off.
   */
  private static final Pattern ANYWHERE =
      Pattern.compile("eyJ[\\w-]++(?:\\.[\\w-]*+){1,2}|(?<![\\w-])eyJ[\\w-]++");

  private TokenArgument() {}

  /**
   * The identifier of a token.
   *
   * @param given the identifier, or a file that holds the token, or {@code -} for standard input
   */
  static String identifier(String given) {
    if (isIdentifier(given)) {
      return given;
    }
    if (given.equals("-") || isFile(given)) {
      return identifierIn(TokenFile.read(given))
          .orElseThrow(
              () ->
                  CommandFailure.environment(
                      (given.equals("-") ? "standard input" : given)
                          + " holds no signed token with an identifier: want header.payload.signature, with a jti"));
    }
    String pasted = given.strip();
    if (isIdentifier(pasted)) {
      return pasted;
    }
    Matcher tokens = ANYWHERE.matcher(pasted);
    if (!tokens.find()) {
      // Whatever a service may have recorded as an identifier.
      return given;
    }
    // Somebody pastes the token itself: it goes no further.
    String token = tokens.group();
    if (tokens.find()) {
      throw CommandFailure.environment("--token is given more than one token: nothing was sent");
    }
    return identifierIn(token)
        .orElseThrow(
            () ->
                CommandFailure.environment(
                    "--token is given a token that is not whole, or has no identifier (jti): nothing was sent"));
  }

  private static boolean isIdentifier(String text) {
    try {
      TokenId.parse(text);
      return true;
    } catch (FormatException e) {
      return false;
    }
  }

  private static boolean isFile(String name) {
    try {
      return Files.exists(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static Optional<String> identifierIn(String token) {
    int payload = token.indexOf('.');
    int signature = token.lastIndexOf('.');
    if (payload < 1 || signature <= payload + 1) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          StrictJson.object(
                  Base64Url.decode(token.substring(payload + 1, signature)), TokenFile.BYTES_MAX)
              .string("jti"));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }
}
