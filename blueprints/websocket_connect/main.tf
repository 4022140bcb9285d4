# A WebSocket API behind an authkit authorizer that takes a ticket for each connection, once.
# The function's package, for arm64:
#   pip install -r requirements.txt --target build --platform manylinux2014_aarch64 --python-version 3.13 --only-binary :all:
#   cp *.py build && (cd build && zip -qr ../build.zip .)

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100"
    }
  }
}

variable "issuer" {
  description = "The exact issuer of the tickets"
  type        = string
  default     = "https://tickets.example.com/"
  validation {
    condition     = can(regex("^(?:https://.+)$", var.issuer))
    error_message = "The issuer is an https URL."
  }
}

variable "audience" {
  description = "What the tickets name as their audience; nothing else has this one"
  type        = string
  default     = "wss://live.example.com"
}

variable "allowed_origin" {
  description = "The one origin whose pages may connect"
  type        = string
  default     = "https://app.example.com"
  validation {
    condition     = can(regex("^(?:https://[^*]+)$", var.allowed_origin))
    error_message = "One origin, https, and no pattern of several."
  }
}

variable "package" {
  description = "The function's zip file"
  type        = string
  default     = "build.zip"
}

locals {
  name = "live"
  functions = {
    backend = { handler = "backend.handler", environment = {} }
    authorizer = {
      handler = "app.handler"
      environment = {
        ISSUER         = var.issuer
        AUDIENCE       = var.audience
        ALLOWED_ORIGIN = var.allowed_origin
        USED_TICKETS   = aws_dynamodb_table.used_tickets.name
      }
    }
  }
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The stage is throttled. A limit here would turn its bursts into 500.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:They need the issuer's public address and nothing in a VPC.
  # checkov:skip=CKV_AWS_173:Their environment holds no secret.
  # checkov:skip=CKV_AWS_272:Sign the package where your pipeline has a signing profile.
  for_each         = local.functions
  function_name    = "${local.name}-${each.key}"
  role             = aws_iam_role.each[each.key].arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  handler          = each.value.handler
  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null
  memory_size      = 512
  timeout          = 5

  environment {
    variables = each.value.environment
  }
  tracing_config {
    mode = "Active"
  }
  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.each[each.key].name
  }
}

resource "aws_cloudwatch_log_group" "each" {
  # checkov:skip=CKV_AWS_158:Encrypted with the service's key. They hold no credentials, and a key of yours costs extra.
  for_each          = toset(["authorizer", "backend", "access"])
  name              = "/authkit/${local.name}/${each.key}"
  retention_in_days = 365
}

resource "aws_iam_role" "each" {
  for_each = local.functions
  name     = "${local.name}-${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "logs_and_traces" {
  # checkov:skip=CKV_AWS_355:X-Ray knows no resources.
  # checkov:skip=CKV_AWS_290:As above; what it may write else is one log group of its own.
  for_each = local.functions
  name     = "logs-and-traces"
  role     = aws_iam_role.each[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.each[each.key].arn}:*"
      },
      { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ]
  })
}

# --- what has been used ------------------------------------------------------------------------------------------------

resource "aws_dynamodb_table" "used_tickets" {
  # checkov:skip=CKV_AWS_28:What is in it is worth something for a minute. There is nothing to recover.
  # checkov:skip=CKV_AWS_119:Encrypted with the service's key. It holds the ids of used tickets and no credentials.
  # checkov:skip=CKV2_AWS_16:It is billed by the request, so there is nothing to scale.
  name         = "${local.name}-used-tickets"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  attribute {
    name = "pk"
    type = "S"
  }
  ttl {
    attribute_name = "expires"
    enabled        = true
  }
}

resource "aws_iam_role_policy" "used_tickets" {
  name = "used-tickets"
  role = aws_iam_role.each["authorizer"].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:PutItem", Resource = aws_dynamodb_table.used_tickets.arn }]
  })
}

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_api" "api" {
  name                       = local.name
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_authorizer" "ticket" {
  name             = "ticket"
  api_id           = aws_apigatewayv2_api.api.id
  authorizer_type  = "REQUEST"
  authorizer_uri   = aws_lambda_function.each["authorizer"].invoke_arn
  identity_sources = ["route.request.header.Origin", "route.request.querystring.ticket"]
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.each["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.ticket.id}"
}

resource "aws_lambda_permission" "backend" {
  function_name = aws_lambda_function.each["backend"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/live/*"
}

resource "aws_apigatewayv2_integration" "backend" {
  api_id           = aws_apigatewayv2_api.api.id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.each["backend"].invoke_arn
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.api.id
  route_key          = "$connect"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.ticket.id
  target             = "integrations/${aws_apigatewayv2_integration.backend.id}"
}

resource "aws_apigatewayv2_route" "message" {
  # checkov:skip=CKV_AWS_309:Only $connect can have an authorizer; its answer holds for the connection.
  api_id                              = aws_apigatewayv2_api.api.id
  route_key                           = "$default"
  route_response_selection_expression = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.backend.id}"
}

resource "aws_apigatewayv2_route_response" "message" {
  api_id             = aws_apigatewayv2_api.api.id
  route_id           = aws_apigatewayv2_route.message.id
  route_response_key = "$default"
}

# --- the stage --------------------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_deployment" "api" {
  api_id   = aws_apigatewayv2_api.api.id
  triggers = { content = filesha1("${path.module}/main.tf") }
  depends_on = [
    aws_apigatewayv2_route.connect,
    aws_apigatewayv2_route.message,
    aws_apigatewayv2_route_response.message,
  ]
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_stage" "live" {
  # checkov:skip=CKV2_AWS_51:Browsers connect here, and they have no certificates.
  api_id        = aws_apigatewayv2_api.api.id
  name          = "live"
  deployment_id = aws_apigatewayv2_deployment.api.id

  default_route_settings {
    throttling_rate_limit    = 100
    throttling_burst_limit   = 200
    detailed_metrics_enabled = true
    logging_level            = "ERROR"
  }
  route_settings {
    route_key                = aws_apigatewayv2_route.connect.route_key
    throttling_rate_limit    = 20
    throttling_burst_limit   = 40
    detailed_metrics_enabled = true
    logging_level            = "ERROR"
  }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.each["access"].arn
    format = jsonencode({
      time              = "$context.requestTimeEpoch"
      requestId         = "$context.requestId"
      ip                = "$context.identity.sourceIp"
      caller            = "$context.authorizer.principalId"
      connection        = "$context.connectionId"
      event             = "$context.eventType"
      route             = "$context.routeKey"
      status            = "$context.status"
      authorizerStatus  = "$context.authorizer.status"
      authorizerLatency = "$context.authorizer.latency"
      authorizerError   = "$context.authorizer.error"
      error             = "$context.error.responseType"
      userAgent         = "$context.identity.userAgent"
    })
  }
}

output "url" {
  value = aws_apigatewayv2_stage.live.invoke_url
}
