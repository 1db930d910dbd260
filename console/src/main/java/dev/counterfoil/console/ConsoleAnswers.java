package dev.counterfoil.console;

import dev.counterfoil.console.views.MonitorReads;
import dev.counterfoil.http.answers.Answers;
import dev.counterfoil.http.answers.Browsers;
import dev.counterfoil.http.answers.RefusedRequestException;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.http.listener.Problem;
import dev.counterfoil.pages.ConsolePage;
import dev.counterfoil.pages.Messages;
import dev.counterfoil.pages.Notice;
import dev.counterfoil.pages.Page;
import dev.counterfoil.pages.Pages;
import dev.counterfoil.pages.Sheet;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** How the console answers: pages to people, and to programs the same as JSON. */
final class ConsoleAnswers {
  /** How long a person is asked to wait whom the monitor asks for patience. */
  private static final int AGAIN_AFTER_SECONDS = 5;

  private final String brand;
  private final Optional<String> formAction;
  private final SecureRandom random;
  private final InstantSource clock;
  private final FailedRequests failed;
  private final Answers json = Answers.toBearers("counterfoil-console");

  /**
   * Answers of a console.
   *
   * @param issuerOrigin where its forms may lead, beside itself: people sign in and out there
   */
  ConsoleAnswers(
      String brand,
      String issuerOrigin,
      SecureRandom random,
      InstantSource clock,
      FailedRequests failed) {
    this.brand = brand;
    this.formAction = Optional.of("'self' " + issuerOrigin);
    this.random = random;
    this.clock = clock;
    this.failed = failed;
  }

  /** Whether an answer is for a program. */
  static boolean wantsJson(ServerRequest request) {
    String accepted = request.headers().first(HeaderNames.ACCEPT).orElse("");
    return request.path().rawPath().endsWith(".json")
        || (accepted.contains("application/json") && !accepted.contains("text/html"));
  }

  /** What a page is written on, in the browser's language. */
  Sheet sheet(ServerRequest request) {
    return new Sheet(
        Messages.accepted(request.headers().first(HeaderNames.ACCEPT_LANGUAGE).orElse("")),
        "",
        brand,
        clock.instant());
  }

  void page(ServerRequest request, ServerResponse response, ConsolePage page) {
    send(
        response.header(HeaderNames.VARY, "Accept"),
        200,
        Pages.console(sheet(request), page, formAction));
  }

  private static void send(ServerResponse response, int status, Page page) {
    page.headers().forEach(response::header);
    response.status(Status.create(status)).send(page.html());
  }

  /** Asks who is there. */
  void door(
      ServerRequest request,
      ServerResponse response,
      boolean asksTenant,
      String tenant,
      Optional<String> problem) {
    if (wantsJson(request)) {
      json.refuse(response, Problem.unauthorized("sign in with a browser"));
      return;
    }
    boolean isLook = request.prologue().method().text().equals("GET");
    String query = request.query().rawValue();
    send(
        response,
        isLook && request.path().rawPath().equals("/") ? 200 : 401,
        Pages.consoleDoor(
            sheet(request),
            isLook
                ? Map.of("to", request.path().rawPath() + (query.isEmpty() ? "" : "?" + query))
                : Map.of(),
            asksTenant,
            tenant,
            problem,
            formAction));
  }

  /** Says what did not work and what to do. */
  void problem(ServerRequest request, ServerResponse response, int status, String key) {
    problem(request, response, status, sheet(request).say(key), Optional.empty());
  }

  private void problem(
      ServerRequest request,
      ServerResponse response,
      int status,
      String sentence,
      Optional<String> reference) {
    if (wantsJson(request)) {
      json.refuse(response, new Problem(status, status == 403 ? "denied" : "refused", sentence));
      return;
    }
    Sheet sheet = sheet(request);
    send(
        response,
        status,
        Pages.notice(
            sheet,
            new Notice(
                "error",
                sheet.say("error.title"),
                sentence,
                reference,
                Optional.of(new Notice.NextStep("/", sheet.say("console.back"))))));
  }

  /**
   * Answers a request or says why not.
   *
   * @param path for the process's own log, as it stands in the code
   */
  Handler caught(String path, Answers.Action action) {
    return (request, response) -> {
      try {
        action.answer(request, response);
      } catch (RefusedRequestException e) {
        int status = e.problem().status();
        problem(request, response, status, status == 404 ? "error.missing" : "error.form");
      } catch (MonitorReads.RefusedException e) {
        refusedByMonitor(request, response, path, e);
      } catch (IOException | RuntimeException e) {
        failed(request, response, path, e);
      }
    };
  }

  private void refusedByMonitor(
      ServerRequest request,
      ServerResponse response,
      String path,
      MonitorReads.RefusedException refusal) {
    switch (refusal.status()) {
      case 400, 404 -> problem(request, response, 404, "error.missing");
      case 401 -> problem(request, response, 401, "console.ended");
      case 403 -> problem(request, response, 403, "console.denied");
      case 429 ->
          problem(
              request,
              response,
              429,
              sheet(request).say("error.slow", AGAIN_AFTER_SECONDS),
              Optional.empty());
      default -> failed(request, response, path, refusal);
    }
  }

  private void failed(
      ServerRequest request, ServerResponse response, String path, Exception failure) {
    String reference = Browsers.reference(random);
    failed.failed(path + ", reference " + reference, failure);
    if (!response.isSent()) {
      problem(
          request,
          response,
          failure instanceof IOException ? 503 : 500,
          sheet(request).say("error.failed"),
          Optional.of(reference));
    }
  }
}
