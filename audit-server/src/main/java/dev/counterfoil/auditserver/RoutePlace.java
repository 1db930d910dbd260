package dev.counterfoil.auditserver;

import dev.counterfoil.auditclient.RouteAudit;
import dev.counterfoil.http.answers.Answers;
import io.helidon.http.Method;
import io.helidon.http.PathMatchers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What lies at a path. Whatever monitor and audit server serve of their own is one of these, so
 * that nothing is served that does not say how it stands in the audit log; beside them is the
 * custodian's side, whose readers the monitor records.
 *
 * @param method that it takes; of a path several places may be, each for another
 * @param path exactly, but for a part in braces, which stands for any one; where it ends with a
 *     slash it is everything below too
 * @param audit how it stands in the audit log
 * @param action what it does
 */
public record RoutePlace(Method method, String path, RouteAudit audit, Answers.Action action) {
  public static RoutePlace get(String path, RouteAudit audit, Answers.Action action) {
    return new RoutePlace(Method.GET, path, audit, action);
  }

  public static RoutePlace post(String path, RouteAudit audit, Answers.Action action) {
    return new RoutePlace(Method.POST, path, audit, action);
  }

  private boolean isPrefix() {
    return path.endsWith("/");
  }

  private Handler handler(Answers answers) {
    return answers.to(method, path, action);
  }

  /** Serves places; a path may have one for each method. */
  public static void register(
      HttpRouting.Builder routing, Answers answers, List<RoutePlace> places) {
    Map<String, List<RoutePlace>> byPath = new LinkedHashMap<>();
    for (RoutePlace place : places) {
      byPath.computeIfAbsent(place.path, _ -> new ArrayList<>()).add(place);
    }
    byPath.forEach(
        (path, there) -> {
          Map<Method, Handler> handlers = new LinkedHashMap<>();
          there.forEach(place -> handlers.put(place.method, place.handler(answers)));
          Handler otherwise = there.getLast().handler(answers);
          Handler all =
              (request, response) ->
                  handlers
                      .getOrDefault(request.prologue().method(), otherwise)
                      .handle(request, response);
          if (there.getFirst().isPrefix()) {
            routing.route(_ -> true, PathMatchers.prefix(path), all);
          } else {
            routing.any(path, all);
          }
        });
  }
}
