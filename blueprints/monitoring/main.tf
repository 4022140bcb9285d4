# Alarms, dashboard, saved queries and rules for an API behind an authkit authorizer.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "api_name" {
  description = "Name of a REST API, id of an HTTP or WebSocket API, the dimension of its metrics"
  type        = string
  default     = "orders"
}

variable "api_kind" {
  description = "What kind of API it is, for each has metrics of other names"
  type        = string
  default     = "rest"
  validation {
    condition     = contains(["rest", "http", "websocket"], var.api_kind)
    error_message = "The kinds are rest, http and websocket."
  }
}

variable "stage" {
  description = "Its stage, $default of an HTTP API"
  type        = string
  default     = "live"
}

variable "authorizer_function" {
  description = "Name of the authorizer's function"
  type        = string
  default     = "orders-authorizer"
}

variable "authorizer_log" {
  description = "Its log group, whose lines are JSON"
  type        = string
  default     = "/authkit/orders/authorizer"
}

variable "access_log" {
  description = "The log group of the stage's access log"
  type        = string
  default     = "/authkit/orders/access"
}

variable "rotation_function" {
  description = "Name of the function that rotates a secret; none if empty"
  type        = string
  default     = ""
}

variable "alarm_topic" {
  description = "ARN of the SNS topic that is told; nobody is told if empty"
  type        = string
  default     = ""
}

variable "refusals" {
  description = "Refusals in five minutes that are too many"
  type        = number
  default     = 100
}

variable "milliseconds" {
  description = "Time that is too long for one in a hundred"
  type        = number
  default     = 2000
}

variable "watch_private" {
  description = "Whether every REST API here has to be private, so that AWS Config reports one that is not"
  type        = bool
  default     = false
}

data "aws_region" "current" {}

locals {
  name = "${var.api_name}-authorizer"
  told = var.alarm_topic == "" ? [] : [var.alarm_topic]
  kinds = {
    rest      = { dimension = "ApiName", calls = "Count", client_errors = "4XXError", server_errors = "5XXError", latency = "Latency" }
    http      = { dimension = "ApiId", calls = "Count", client_errors = "4xx", server_errors = "5xx", latency = "Latency" }
    websocket = { dimension = "ApiId", calls = "ConnectCount", client_errors = "ClientError", server_errors = "ExecutionError", latency = "IntegrationLatency" }
  }
  api = local.kinds[var.api_kind]
  # The metrics are named as authkit.observe.powertools names them. Where a function sends those itself, leave these out.
  filters = {
    AuthorizerUnauthenticated = { log = var.authorizer_log, pattern = "{ $.logger = \"authkit\" && $.message = %outcome....unauthenticated% }" }
    AuthorizerForbidden       = { log = var.authorizer_log, pattern = "{ $.logger = \"authkit\" && $.message = %outcome....forbidden% }" }
    AuthorizerUnavailable     = { log = var.authorizer_log, pattern = "{ $.logger = \"authkit\" && $.message = %outcome....unavailable% }" }
    AuthorizerError           = { log = var.authorizer_log, pattern = "{ $.logger = \"authkit\" && $.message = %outcome....error% }" }
    KeyFetchFailed            = { log = var.authorizer_log, pattern = "{ $.logger = \"authkit\" && $.message = %keys.....name....fetch_failed% }" }
    RefusedBeforeAuthorizer   = { log = var.access_log, pattern = "{ $.status = \"401\" && $.authorizerStatus = \"-\" }" }
  }
  alarms = {
    BadCredentials = {
      description = "Many credentials are missing or bad: somebody guesses, or a client or a provider has changed."
      namespace   = local.name
      metric      = "AuthorizerUnauthenticated"
      dimensions  = {}
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = var.refusals
    }
    Forbidden = {
      description = "Many calls are refused by policy or guard: somebody looks around, or comes past the distribution."
      namespace   = local.name
      metric      = "AuthorizerForbidden"
      dimensions  = {}
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = var.refusals
    }
    Unasked = {
      description = "Many calls are refused before the authorizer is asked: no log of it has them. See the query of that name."
      namespace   = local.name
      metric      = "RefusedBeforeAuthorizer"
      dimensions  = {}
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = var.refusals
    }
    Unavailable = {
      description = "Calls get 500 because keys, a store or a secret are out of reach."
      namespace   = local.name
      metric      = "AuthorizerUnavailable"
      dimensions  = {}
      statistic   = "Sum"
      period      = 60
      evaluations = 1
      threshold   = 1
    }
    Faults = {
      description = "The authorizer is configured or wired wrongly, or raises what nobody foresaw: calls get 500."
      namespace   = local.name
      metric      = "AuthorizerError"
      dimensions  = {}
      statistic   = "Sum"
      period      = 60
      evaluations = 1
      threshold   = 1
    }
    KeySet = {
      description = "An issuer's keys could not be fetched in each of three periods. Known keys go on working for a day."
      namespace   = local.name
      metric      = "KeyFetchFailed"
      dimensions  = {}
      statistic   = "Sum"
      period      = 300
      evaluations = 3
      threshold   = 1
    }
    Slow = {
      description = "The authorizer takes long: the gateway gives up at 10 seconds."
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = { FunctionName = var.authorizer_function }
      statistic   = "p99"
      period      = 300
      evaluations = 3
      threshold   = var.milliseconds
    }
    Throttled = {
      description = "The authorizer is throttled: calls get 500."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = { FunctionName = var.authorizer_function }
      statistic   = "Sum"
      period      = 60
      evaluations = 1
      threshold   = 1
    }
    Crashed = {
      description = "The authorizer raises more than refusals explain; a bad credential on a REST API is an error here too."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = var.authorizer_function }
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = var.refusals
    }
    ClientErrors = {
      description = "Many calls get 4XX, whoever refused them: gateway, web ACL, authorizer or backend."
      namespace   = "AWS/ApiGateway"
      metric      = local.api.client_errors
      dimensions  = { (local.api.dimension) = var.api_name, Stage = var.stage }
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = var.refusals
    }
    ServerErrors = {
      description = "Calls get 5XX."
      namespace   = "AWS/ApiGateway"
      metric      = local.api.server_errors
      dimensions  = { (local.api.dimension) = var.api_name, Stage = var.stage }
      statistic   = "Sum"
      period      = 60
      evaluations = 1
      threshold   = 1
    }
    Latency = {
      description = "Calls take long from end to end."
      namespace   = "AWS/ApiGateway"
      metric      = local.api.latency
      dimensions  = { (local.api.dimension) = var.api_name, Stage = var.stage }
      statistic   = "p99"
      period      = 300
      evaluations = 3
      threshold   = var.milliseconds
    }
  }
  rotation = var.rotation_function == "" ? {} : {
    Rotation = {
      description = "The rotation of a secret has failed in each of two hours; waiting for a distribution takes half of one."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = var.rotation_function }
      statistic   = "Sum"
      period      = 3600
      evaluations = 2
      threshold   = 1
    }
  }
  queries       = { for file in fileset("${path.module}/queries", "*.txt") : trimsuffix(file, ".txt") => file("${path.module}/queries/${file}") }
  of_authorizer = ["refusals-by-reason", "stale-keys"]
  shown         = { for name, text in local.queries : name => join(" ", [for line in split("\n", trimspace(text)) : line if !startswith(line, "#")]) }
}

resource "aws_cloudwatch_log_metric_filter" "each" {
  for_each       = local.filters
  name           = "${local.name}-${each.key}"
  log_group_name = each.value.log
  pattern        = each.value.pattern
  metric_transformation {
    namespace     = local.name
    name          = each.key
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "each" {
  for_each            = merge(local.alarms, local.rotation)
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = each.value.period
  evaluation_periods  = each.value.evaluations
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.told
}

resource "aws_cloudwatch_dashboard" "authorizer" {
  dashboard_name = local.name
  dashboard_body = jsonencode({
    widgets = [
      {
        type   = "metric"
        x      = 0
        y      = 0
        width  = 12
        height = 6
        properties = {
          title  = "Calls"
          region = data.aws_region.current.name
          stat   = "Sum"
          period = 300
          metrics = [
            ["AWS/ApiGateway", local.api.calls, local.api.dimension, var.api_name, "Stage", var.stage],
            ["AWS/ApiGateway", local.api.client_errors, local.api.dimension, var.api_name, "Stage", var.stage],
            ["AWS/ApiGateway", local.api.server_errors, local.api.dimension, var.api_name, "Stage", var.stage],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 0
        width  = 12
        height = 6
        properties = {
          title  = "Refusals"
          region = data.aws_region.current.name
          stat   = "Sum"
          period = 300
          metrics = [
            [local.name, "AuthorizerUnauthenticated"],
            [local.name, "AuthorizerForbidden"],
            [local.name, "RefusedBeforeAuthorizer"],
          ]
        }
      },
      {
        type   = "metric"
        x      = 0
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Outages and faults"
          region = data.aws_region.current.name
          stat   = "Sum"
          period = 300
          metrics = [
            [local.name, "AuthorizerUnavailable"],
            [local.name, "AuthorizerError"],
            [local.name, "KeyFetchFailed"],
          ]
        }
      },
      {
        type   = "metric"
        x      = 12
        y      = 6
        width  = 12
        height = 6
        properties = {
          title  = "Latency (p99)"
          region = data.aws_region.current.name
          stat   = "p99"
          period = 300
          metrics = [
            ["AWS/Lambda", "Duration", "FunctionName", var.authorizer_function],
            ["AWS/ApiGateway", local.api.latency, local.api.dimension, var.api_name, "Stage", var.stage],
          ]
        }
      },
      {
        type   = "log"
        x      = 0
        y      = 12
        width  = 24
        height = 6
        properties = {
          title  = "Refusals by reason"
          region = data.aws_region.current.name
          view   = "table"
          query  = "SOURCE '${var.authorizer_log}' | ${local.shown["refusals-by-reason"]}"
        }
      },
      {
        type   = "log"
        x      = 0
        y      = 18
        width  = 24
        height = 6
        properties = {
          title  = "Failures by address"
          region = data.aws_region.current.name
          view   = "table"
          query  = "SOURCE '${var.access_log}' | ${local.shown["failures-by-address"]}"
        }
      },
    ]
  })
}

resource "aws_cloudwatch_query_definition" "each" {
  for_each        = local.queries
  name            = "${local.name}/${each.key}"
  log_group_names = [contains(local.of_authorizer, each.key) ? var.authorizer_log : var.access_log]
  query_string    = each.value
}

locals {
  events = {
    changed-api = {
      description = "An API was changed, which is how a private one is made public and an authorizer is taken off."
      pattern = {
        source        = ["aws.apigateway"]
        "detail-type" = ["AWS API Call via CloudTrail"]
        detail = {
          eventSource = ["apigateway.amazonaws.com"]
          eventName = [
            # of REST APIs
            "CreateRestApi", "DeleteMethod", "ImportRestApi", "PutMethod", "PutRestApi", "UpdateGatewayResponse", "UpdateMethod", "UpdateRestApi",
            # of HTTP and WebSocket APIs
            "CreateApi", "CreateRoute", "ImportApi", "ReimportApi", "UpdateApi", "UpdateRoute",
            # of both
            "CreateDeployment", "DeleteAuthorizer", "UpdateAuthorizer", "UpdateDomainName", "UpdateStage",
          ]
        }
      }
    }
    failed-rotation = {
      description = "Secrets Manager says that a rotation has failed, or that it has given up."
      pattern = {
        source        = ["aws.secretsmanager"]
        "detail-type" = ["AWS Service Event via CloudTrail"]
        detail = {
          eventName = ["RotationFailed", "RotationAbandoned"]
        }
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "each" {
  for_each      = var.alarm_topic == "" ? {} : local.events
  name          = "${local.name}-${each.key}"
  description   = each.value.description
  event_pattern = jsonencode(each.value.pattern)
}

resource "aws_cloudwatch_event_target" "each" {
  for_each = aws_cloudwatch_event_rule.each
  rule     = each.value.name
  arn      = var.alarm_topic
}

resource "aws_config_config_rule" "private_apis" {
  count            = var.watch_private ? 1 : 0
  name             = "${local.name}-private-apis"
  description      = "Every REST API has a private endpoint and no other"
  input_parameters = jsonencode({ endpointConfigurationTypes = "PRIVATE" })
  source {
    owner             = "AWS"
    source_identifier = "API_GW_ENDPOINT_TYPE_CHECK"
  }
  scope {
    compliance_resource_types = ["AWS::ApiGateway::RestApi"]
  }
}
