package dev.counterfoil.spring;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.context.ApplicationListener;

/**
 * Ends the start of an application on another Spring Boot before classes of both are mixed up: what
 * would be said then leads astray.
 */
abstract class BootCheck implements ApplicationListener<ApplicationEnvironmentPreparedEvent> {
  private final String generation;

  /**
   * Makes one.
   *
   * @param generation begin of the version, such as {@code 4.}
   */
  BootCheck(String generation) {
    this.generation = generation;
  }

  @Override
  public final void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
    check(String.valueOf(SpringBootVersion.getVersion()));
  }

  final void check(String running) {
    if (!running.startsWith(generation)) {
      throw new StartProblem(
          "This starter of Counterfoil is for Spring Boot "
              + generation
              + "x, and the application runs on Spring Boot "
              + running
              + ".",
          "Depend on "
              + (running.startsWith("3.")
                  ? "counterfoil-spring-boot-3-starter, which is for Spring Boot 3.5."
                  : "counterfoil-spring-boot-starter, which is for Spring Boot 4."));
    }
  }
}
