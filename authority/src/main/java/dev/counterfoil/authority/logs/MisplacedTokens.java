package dev.counterfoil.authority.logs;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.verifier.RequestContext;
import io.helidon.webserver.http.ServerRequest;
import java.net.URI;

/**
 * Signed tokens in parameters of clients where a code or a refresh token belongs. Nobody honours
 * them; a forged one among them is reported as at every other door.
 *
 * @param url where they came
 */
public record MisplacedTokens(IssuedTokens tokens, URI url, ClientAddress addresses) {
  /** Looks at the parameters that are spelled as no code or refresh token is. */
  public void inspect(ServerRequest request, Form form, String... parameters) {
    for (String parameter : parameters) {
      form.value(parameter)
          .filter(MisplacedTokens::hasThreeParts)
          .ifPresent(
              text ->
                  tokens.inspect(
                      text,
                      RequestContext.of(
                          request.prologue().method().text(), url, addresses.of(request))));
    }
  }

  private static boolean hasThreeParts(String text) {
    return text.indexOf('.') < text.lastIndexOf('.');
  }
}
