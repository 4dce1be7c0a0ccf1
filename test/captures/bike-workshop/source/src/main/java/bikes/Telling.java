package bikes;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;

/** What a careful team adds by hand to the spans the agent makes. */
final class Telling {
  private static final Tracer TRACER = GlobalOpenTelemetry.getTracer("bikes", "1.0.0");

  private Telling() {}

  interface Work {
    void run() throws Exception;
  }

  /** Marks the active span as one of this repair. */
  static void mark(Repair repair, String status, String event) {
    describe(Span.current(), repair, status, event);
  }

  /** Runs the statement that commits a status in the span that says so. */
  static void status(Repair repair, String status, Work work) throws Exception {
    span("order.status " + status, repair, status, "order.status.changed", work);
  }

  /** Runs work in a span of this repair; a failure marks the span and goes on its way. */
  static void span(String name, Repair repair, String status, String event, Work work) throws Exception {
    Span span = TRACER.spanBuilder(name).startSpan();
    describe(span, repair, status, event);
    try (Scope scope = span.makeCurrent()) {
      work.run();
    } catch (Exception trouble) {
      span.recordException(trouble);
      span.setAttribute("error.type", trouble.getClass().getName());
      span.setStatus(StatusCode.ERROR, trouble.getMessage());
      throw trouble;
    } finally {
      span.end();
    }
  }

  private static void describe(Span span, Repair repair, String status, String event) {
    span.setAttribute("order.id", repair.id());
    span.setAttribute("order.status", status);
    span.setAttribute("enduser.id", repair.customer());
    span.setAttribute("event.name", event);
  }
}
