package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.clients.ClientRegistration;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Long polls of all logs share half of the listener's connections, of which there are 64 here. */
@Timeout(120)
class LongPollsTest {
  private static final int HALF = 32;

  @Test
  void twoLogsHaveNoMoreThanOneHalf(@TempDir Path folder) throws Exception {
    try (RunningDomain domain = new RunningDomain(folder);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      String secret =
          domain
              .admin
              .register(
                  ClientRegistration.withSecret(
                      "app", "acme", List.of(RunningDomain.AUDIENCE), List.of()))
              .orElseThrow();
      domain.token("app", secret);
      List<String> paths =
          List.of(
              "/logs/keys/head?after=1000&wait=12s",
              "/logs/" + FakeSigner.LOG + "/leaves?from=1000&wait=12s");
      List<CompletableFuture<HttpResponse<String>>> polls = new ArrayList<>();
      for (int i = 0; i < HALF + 6; i++) {
        String path = paths.get(i % paths.size());
        polls.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return domain.send(
                        HttpRequest.newBuilder(domain.at(path)).timeout(Duration.ofSeconds(30)));
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                },
                threads));
      }
      long done = 0;
      for (int i = 0; i < 100 && done < 6; i++) {
        TimeUnit.MILLISECONDS.sleep(50);
        done = polls.stream().filter(CompletableFuture::isDone).count();
      }
      assertThat(done).as("those past the half are answered at once").isEqualTo(6);
      assertThat(domain.send(domain.tokenRequest("app", secret)).statusCode()).isEqualTo(200);
      for (CompletableFuture<HttpResponse<String>> poll : polls) {
        assertThat(poll.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
      }
    }
  }
}
