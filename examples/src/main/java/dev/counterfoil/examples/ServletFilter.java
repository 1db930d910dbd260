package dev.counterfoil.examples;

import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RefusalCode;
import dev.counterfoil.verifier.Refused;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Unrecorded;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Objects;

/** A filter before the servlets of a service, which find the token's subject as the user. */
public final class ServletFilter implements Filter {
  private static final Expectations MAIL =
      Expectations.audience("https://mail.example").accessToken().tenant("acme").bearerAllowed();

  /** As clients see it. */
  private static final String SERVICE = "https://mail.example";

  private static final String SCHEME = "Bearer ";

  private final Verifier verifier;

  /** Makes a filter; the service has one verifier, made at its start. */
  public ServletFilter(Verifier verifier) {
    this.verifier = verifier;
  }

  @Override
  public void doFilter(ServletRequest asked, ServletResponse answer, FilterChain chain)
      throws IOException, ServletException {
    HttpServletRequest request = (HttpServletRequest) asked;
    HttpServletResponse response = (HttpServletResponse) answer;
    String authorization = Objects.requireNonNullElse(request.getHeader("Authorization"), "");
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      challenge(response, "Bearer");
      return;
    }
    String token = authorization.substring(SCHEME.length()).strip();
    RequestContext context =
        RequestContext.of(
            request.getMethod(),
            URI.create(SERVICE + request.getRequestURI()),
            request.getRemoteAddr());
    switch (verifier.verify(token, MAIL, context)) {
      case Verified verified -> chain.doFilter(as(verified, request), response);
      case Unrecorded unrecorded -> challenge(response, invalid("unrecorded"));
      case Refused refused -> refuse(response, refused.code());
    }
  }

  private static HttpServletRequest as(Verified verified, HttpServletRequest request) {
    return new HttpServletRequestWrapper(request) {
      @Override
      public Principal getUserPrincipal() {
        return verified::subject;
      }
    };
  }

  private static void refuse(HttpServletResponse response, RefusalCode code) throws IOException {
    if (code.isUndecided()) {
      // Nobody can tell for now: the client is not sent for another token.
      response.setHeader("Retry-After", Long.toString(Verifier.RETRY_AFTER.toSeconds()));
      send(response, 503, code.text());
    } else {
      challenge(response, invalid(code.text()));
    }
  }

  /** RFC 6750 3. */
  private static String invalid(String description) {
    return "Bearer error=\"invalid_token\", error_description=\"" + description + "\"";
  }

  private static void challenge(HttpServletResponse response, String challenge) throws IOException {
    response.setHeader("WWW-Authenticate", challenge);
    send(response, 401, "a token is needed");
  }

  private static void send(HttpServletResponse response, int status, String text)
      throws IOException {
    response.setStatus(status);
    response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }
}
