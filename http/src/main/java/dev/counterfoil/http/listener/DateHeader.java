package dev.counterfoil.http.listener;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The time of an answer (RFC 9110 6.6.1). The server's own comes from a timer that stands still
 * after the host's clock is set back, and services compare their clocks with it.
 */
final class DateHeader implements Filter {
  /** RFC 9110 5.6.7: two digits for a day. */
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT);

  private final InstantSource clock;
  private volatile Second last;

  private record Second(long epochSecond, Header header) {
    static Second of(Instant now) {
      return new Second(
          now.getEpochSecond(),
          HeaderValues.create(HeaderNames.DATE, FORM.format(now.atOffset(ZoneOffset.UTC))));
    }
  }

  DateHeader(InstantSource clock) {
    this.clock = clock;
    this.last = Second.of(clock.instant());
  }

  /** The header of this second. */
  Header header() {
    Second second = last;
    Instant now = clock.instant();
    if (second.epochSecond() != now.getEpochSecond()) {
      second = Second.of(now);
      last = second;
    }
    return second.header();
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    response.header(header());
    chain.proceed();
  }
}
