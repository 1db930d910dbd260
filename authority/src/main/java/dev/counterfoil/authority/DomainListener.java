package dev.counterfoil.authority;

import dev.counterfoil.authority.http.Form;
import dev.counterfoil.authority.http.OAuthError;
import dev.counterfoil.authority.settings.AuthorityConfiguration.Domain;
import dev.counterfoil.listener.ClientAddress;
import dev.counterfoil.listener.HttpRefusal;
import dev.counterfoil.listener.Listener;

/** The HTTP listener of a domain and its limits. */
final class DomainListener {
  /** Longest request line, in bytes. */
  static final int REQUEST_LINE_MAX = 4 * 1024;

  /** Most bytes of a request's headers. */
  static final int HEADERS_MAX = 16 * 1024;

  private DomainListener() {}

  static Listener start(Domain domain, DomainRoutes routes) {
    return Listener.start(
        new Listener.Settings(
            domain.listen().resolve(),
            REQUEST_LINE_MAX,
            HEADERS_MAX,
            Form.BYTES_MAX,
            false,
            domain.connectionsMax(),
            domain.readTimeout(),
            new ClientAddress(domain.trustedProxies())),
        new OAuthForm(),
        routes.failed(),
        routes::register);
  }

  /** Refusals as RFC 6749 5.2 writes them. */
  private static final class OAuthForm implements HttpRefusal.Form {
    @Override
    public String contentType() {
      return "application/json";
    }

    @Override
    public byte[] body(HttpRefusal refusal) {
      return switch (refusal.reason()) {
        case FAILED -> OAuthError.of(OAuthError.Code.SERVER_ERROR, refusal.detail()).body();
        case MALFORMED, TOO_LARGE, VERSION -> OAuthError.invalidRequest(refusal.detail()).body();
      };
    }
  }
}
