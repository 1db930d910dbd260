package dev.counterfoil.spring;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers 503 with {@code Retry-After} where nobody can tell now whether a token is good. Stands
 * before Spring Security's chains, which let the failure pass: so every chain answers like this.
 */
final class UndecidedFilter extends OncePerRequestFilter implements Ordered {
  /** Before Spring Security's chains, which Spring Boot gives -100. */
  static final int ORDER = -110;

  @Override
  public int getOrder() {
    return ORDER;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      chain.doFilter(request, response);
    } catch (AuthenticationServiceException e) {
      UndecidedException undecided = UndecidedException.in(e);
      if (undecided == null || response.isCommitted()) {
        throw e;
      }
      response.reset();
      response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
      response.setHeader("Retry-After", undecided.retryAfter());
      response.setHeader("Cache-Control", "no-store");
    }
  }
}
