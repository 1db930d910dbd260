package dev.counterfoil.signin;

import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.pages.Messages;
import dev.counterfoil.pages.Notice;
import dev.counterfoil.pages.Page;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.Sheet;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;

/** How pages are sent, in the language of the person who looks at them. */
final class PageAnswers {
  private final String base;
  private final String brand;
  private final SecureRandom random;
  private final InstantSource clock;
  private final FailedRequests failed;

  /**
   * Answers of one issuer.
   *
   * @param base its path
   * @param brand whose pages they are, for people
   */
  PageAnswers(
      String base, String brand, SecureRandom random, InstantSource clock, FailedRequests failed) {
    this.base = base;
    this.brand = brand;
    this.random = random;
    this.clock = clock;
    this.failed = failed;
  }

  Instant now() {
    return clock.instant();
  }

  /** What a page in a language is written on; {@link Locale#ROOT} for what the browser prefers. */
  Sheet sheet(ServerRequest request, Locale locale) {
    Messages messages =
        locale.getLanguage().isEmpty()
            ? Messages.accepted(request.headers().first(HeaderNames.ACCEPT_LANGUAGE).orElse(""))
            : Messages.of(locale);
    return new Sheet(messages, base, brand, clock.instant());
  }

  static void send(ServerResponse response, int status, Page page) {
    page.headers().forEach(response::header);
    response.status(Status.create(status)).send(page.html());
  }

  /** Says what did not work and what to do. */
  void problem(ServerRequest request, ServerResponse response, int status, String key) {
    Sheet sheet = sheet(request, Locale.ROOT);
    error(request, response, status, sheet.say(key), Optional.empty());
  }

  void error(
      ServerRequest request,
      ServerResponse response,
      int status,
      String sentence,
      Optional<String> reference) {
    Sheet sheet = sheet(request, Locale.ROOT);
    Notice notice =
        new Notice("error", sheet.say("error.title"), sentence, reference, Optional.empty());
    send(response, status, Pages.notice(sheet, notice));
  }

  /** Says that we failed, under a reference that stands in the process's log too. */
  void failed(ServerRequest request, ServerResponse response, String path, Throwable failure) {
    String reference = reference();
    failed.failed(path + ", reference " + reference, failure);
    if (!response.isSent()) {
      Sheet sheet = sheet(request, Locale.ROOT);
      int status = TablePlace.isAway(failure) ? 503 : 500;
      error(request, response, status, sheet.say("error.failed"), Optional.of(reference));
    }
  }

  /** What support can look up. */
  String reference() {
    return Browsers.reference(random);
  }
}
