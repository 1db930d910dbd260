package dev.counterfoil.signer;

import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.SignerClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures a signer alone, through its socket: {@code SignerLoadMain [callers] [seconds]}. Starts
 * registrar and signer itself; they share the cores with this process.
 */
final class SignerLoadMain {
  private SignerLoadMain() {}

  public static void main(String[] args) throws Exception {
    int callers = args.length > 0 ? Integer.parseInt(args[0]) : 256;
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 10;
    try (TestDomain domain = new TestDomain();
        SignerClient client = new SignerClient(domain.path("signer/service.sock"))) {
      domain.signerExtra =
          "quotas:\n  client-tokens-per-second: 1000000\n  tenant-tokens-per-second: 1000000\n";
      Process signer = domain.startAll();
      domain.await("a connection", client::isConnected);
      LongAdder issued = new LongAdder();
      LongAdder refused = new LongAdder();
      AtomicLong end = new AtomicLong(Long.MAX_VALUE);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      try {
                        while (System.nanoTime() < end.get()) {
                          switch (client.ask(TestDomain.request(), TestDomain.TIMEOUT)) {
                            case Answer.Issued token -> issued.increment();
                            case Answer.Refused no -> refused.increment();
                            case Answer.Done done -> throw new IllegalStateException();
                            case Answer.Records records -> throw new IllegalStateException();
                            case Answer.Recorded recorded -> throw new IllegalStateException();
                          }
                        }
                      } catch (Exception e) {
                        throw new IllegalStateException(e);
                      }
                    }));
      }
      for (int second = 0; second < seconds; second++) {
        long before = issued.sum();
        long cpu = cpuNanos(signer.toHandle());
        long own = cpuNanos(ProcessHandle.current());
        long at = System.nanoTime();
        Thread.sleep(1000);
        long tokens = issued.sum() - before;
        System.out.printf(
            "%,d tokens/s; a token takes %.1f us of CPU in the signer and %.1f here; %d refused%n",
            Math.round(tokens * 1e9 / (System.nanoTime() - at)),
            (cpuNanos(signer.toHandle()) - cpu) / 1e3 / tokens,
            (cpuNanos(ProcessHandle.current()) - own) / 1e3 / tokens,
            refused.sum());
      }
      end.set(0);
      for (Thread thread : threads) {
        thread.join();
      }
      System.out.print(
          new ProcessBuilder("grep", "VmHWM", "/proc/" + signer.pid() + "/status")
              .redirectErrorStream(true)
              .start()
              .inputReader()
              .readLine());
      System.out.println();
    }
  }

  private static long cpuNanos(ProcessHandle process) {
    return process.info().totalCpuDuration().orElseThrow().toNanos();
  }
}
