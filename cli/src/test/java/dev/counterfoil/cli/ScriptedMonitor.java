package dev.counterfoil.cli;

import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.installation.layout.DataFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** A monitor's admin socket that gives the answers of a test, by what is asked. */
public final class ScriptedMonitor implements AutoCloseable {
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final ServerSocketChannel listening;

  /** Listens where the sample installation of a folder has its monitor. */
  public ScriptedMonitor(Path folder) throws IOException {
    DataFolder data = new DataFolder(folder);
    SampleContext.write(folder, "trial", "s1");
    Files.createDirectories(data.monitor());
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(data.monitor().resolve("admin.sock")));
    Thread.ofVirtual().start(this::serve);
  }

  /** What it answers to a question: lines of JSON. */
  public ScriptedMonitor says(String ask, JsonObject... lines) {
    StringBuilder text = new StringBuilder();
    for (JsonObject line : lines) {
      text.append(line).append('\n');
    }
    answers.put(ask, text.toString());
    return this;
  }

  private void serve() {
    while (true) {
      try (SocketChannel channel = listening.accept()) {
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
        JsonObject question =
            StrictJson.object(
                Objects.requireNonNull(in.readLine()).getBytes(StandardCharsets.UTF_8), 1 << 20);
        String ask = question.string("ask");
        // What follows a question is ASCII in tests.
        in.skip(question.optionalNumber("bytes").orElse(0L));
        String answer = answers.getOrDefault(ask, "{\"error\":\"no answer to " + ask + "\"}\n");
        channel.write(
            ByteBuffer.wrap((answer + "{\"end\":true}\n").getBytes(StandardCharsets.UTF_8)));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | FormatException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
