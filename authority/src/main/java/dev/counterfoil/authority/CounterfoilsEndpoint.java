package dev.counterfoil.authority;

import dev.counterfoil.format.Decimal;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request.ReadRecords;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verified;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives counterfoils to a custodian: {@code GET /logs/<log>/counterfoils?from=N&max=M}, one JSON
 * object a line. Whose token has the scope sees those of every tenant.
 */
final class CounterfoilsEndpoint {
  /** The scope that it takes. */
  static final String SCOPE = "counterfoil:custody";

  /** Most counterfoils of one answer. */
  static final int COUNT_MAX = 10_000;

  private static final int COUNT_DEFAULT = 1_000;
  private static final int PAGE = 500;
  private static final Duration SIGNER_TIME_MAX = Duration.ofSeconds(10);

  private final IssuedTokens tokens;
  private final SignerClient signer;
  private final URI issuer;
  private final ClientAddress addresses;

  CounterfoilsEndpoint(
      IssuedTokens tokens, SignerClient signer, URI issuer, ClientAddress addresses) {
    this.tokens = tokens;
    this.signer = signer;
    this.issuer = issuer;
    this.addresses = addresses;
  }

  void answer(String log, ServerRequest request, ServerResponse response)
      throws RequestRefusedException, InterruptedException {
    authorize(log, request);
    long from = parameter(request, "from", 0, TokenId.POSITION_LIMIT - 1);
    long max = parameter(request, "max", COUNT_DEFAULT, COUNT_MAX);
    if (max < 1) {
      throw new RequestRefusedException(OAuthError.invalidRequest("max is at least 1"));
    }
    // The first page decides what is answered; after it the answer has begun.
    List<Answer.Counterfoil> page = read(log, from, max);
    response
        .header(HeaderNames.CONTENT_TYPE, "application/x-ndjson")
        .header(HeaderNames.CACHE_CONTROL, "no-store");
    try (OutputStream out = response.outputStream()) {
      long left = max;
      while (!page.isEmpty()) {
        for (Answer.Counterfoil counterfoil : page) {
          out.write(line(counterfoil));
        }
        left -= page.size();
        if (left <= 0) {
          return;
        }
        page = read(log, page.getLast().position() + 1, left);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the custodian is gone", e);
    }
  }

  private void authorize(String log, ServerRequest request)
      throws RequestRefusedException, InterruptedException {
    String authorization =
        FormRequests.header(request, HeaderNames.AUTHORIZATION)
            .orElseThrow(CounterfoilsEndpoint::unauthorized);
    int space = authorization.indexOf(' ');
    String scheme = space < 0 ? "" : authorization.substring(0, space);
    if (!scheme.equalsIgnoreCase("Bearer") && !scheme.equalsIgnoreCase("DPoP")) {
      throw unauthorized();
    }
    @Nullable String proof = FormRequests.header(request, HttpAnswers.DPOP).orElse(null);
    RequestContext context =
        RequestContext.of(
                "GET",
                URI.create(issuer + LogPath.PREFIX + log + "/counterfoils"),
                addresses.of(request))
            .withDpop(proof);
    Optional<Verified> token =
        tokens.forThisAuthority(authorization.substring(space + 1).strip(), context);
    if (!token.orElseThrow(CounterfoilsEndpoint::unauthorized).scopes().contains(SCOPE)) {
      throw new RequestRefusedException(
          OAuthError.of(OAuthError.Code.INSUFFICIENT_SCOPE, "the token has no scope " + SCOPE));
    }
  }

  private static RequestRefusedException unauthorized() {
    return new RequestRefusedException(
        OAuthError.of(
            OAuthError.Code.INVALID_TOKEN,
            "send an access token for this issuer as its audience, with scope " + SCOPE));
  }

  private static long parameter(ServerRequest request, String name, long otherwise, long max)
      throws RequestRefusedException {
    if (!request.query().contains(name)) {
      return otherwise;
    }
    try {
      return Decimal.parse(request.query().get(name), max);
    } catch (FormatException e) {
      throw new RequestRefusedException(
          OAuthError.invalidRequest(name + " is a decimal number of at most " + max));
    }
  }

  private List<Answer.Counterfoil> read(String log, long from, long left)
      throws RequestRefusedException, InterruptedException {
    if (!TokenId.isLogName(log)) {
      throw notFound();
    }
    try {
      return switch (signer.ask(
          new ReadRecords(log, from, (int) Math.min(left, PAGE)), SIGNER_TIME_MAX)) {
        case Answer.Records records -> records.records();
        case Answer.Refused refused ->
            throw refused.code() == Answer.Code.UNKNOWN
                ? notFound()
                : new RequestRefusedException(SignerRefusals.of(refused));
        case Answer.Issued issued -> throw new IllegalStateException("answer of another kind");
        case Answer.Recorded recorded -> throw new IllegalStateException("answer of another kind");
        case Answer.Done done -> throw new IllegalStateException("answer of another kind");
      };
    } catch (SignerUnavailableException e) {
      throw new RequestRefusedException(SignerRefusals.unavailable());
    }
  }

  private static RequestRefusedException notFound() {
    return new RequestRefusedException(
        OAuthError.of(OAuthError.Code.NOT_FOUND, "the signer keeps no such log"));
  }

  private static byte[] line(Answer.Counterfoil counterfoil) {
    String json =
        JsonObject.builder()
            .put("position", counterfoil.position())
            .put("recorded_at_ms", counterfoil.recordedAtMillis())
            .put("signing_input", counterfoil.signingInput())
            .put("salt", counterfoil.salt())
            .put("context", counterfoil.context())
            .build()
            .toString();
    return (json + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
