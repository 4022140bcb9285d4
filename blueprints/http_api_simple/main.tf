# An HTTP API behind an authkit authorizer that answers yes or no, route by route.
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
  description = "The provider's exact issuer, as its tokens spell it"
  type        = string
  default     = "https://idp.example.com/"
  validation {
    condition     = can(regex("^(?:https://.+)$", var.issuer))
    error_message = "The issuer is an https URL."
  }
}

variable "audience" {
  description = "What the tokens for this API name as their audience"
  type        = string
  default     = "https://api.example.com"
}

variable "allowed_origin" {
  description = "The one origin that browsers may call from"
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
  name = "invoices"
  functions = {
    authorizer = { handler = "app.handler", environment = { ISSUER = var.issuer, AUDIENCE = var.audience } }
    backend    = { handler = "backend.handler", environment = {} }
  }
  routes = toset(["GET /invoices", "GET /invoices/{id}", "POST /invoices"])
}

# --- the functions ----------------------------------------------------------------------------------------------------

resource "aws_lambda_function" "each" {
  # checkov:skip=CKV_AWS_50:Tracing is active, below.
  # checkov:skip=CKV_AWS_115:The stage is throttled. A limit here would turn its bursts into 500.
  # checkov:skip=CKV_AWS_116:They are called synchronously; nothing would ever go to a dead-letter queue.
  # checkov:skip=CKV_AWS_117:They need the provider's public address and nothing in a VPC.
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

# --- the API ----------------------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_api" "api" {
  name          = local.name
  protocol_type = "HTTP"
  cors_configuration {
    allow_origins = [var.allowed_origin]
    allow_headers = ["authorization", "content-type"]
    allow_methods = ["GET", "POST"]
    max_age       = 600
  }
}

resource "aws_apigatewayv2_authorizer" "simple" {
  name                              = "simple"
  api_id                            = aws_apigatewayv2_api.api.id
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = aws_lambda_function.each["authorizer"].invoke_arn
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.Authorization", "$context.routeKey"] # a yes is for one route
  authorizer_result_ttl_in_seconds  = 300
}

resource "aws_lambda_permission" "authorizer" {
  function_name = aws_lambda_function.each["authorizer"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.simple.id}"
}

resource "aws_lambda_permission" "backend" {
  function_name = aws_lambda_function.each["backend"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/$default/*"
}

resource "aws_apigatewayv2_integration" "backend" {
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.each["backend"].invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "each" {
  for_each           = local.routes
  api_id             = aws_apigatewayv2_api.api.id
  route_key          = each.key
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.simple.id
  target             = "integrations/${aws_apigatewayv2_integration.backend.id}"
}

# --- the stage --------------------------------------------------------------------------------------------------------

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = 100
    throttling_burst_limit   = 200
    detailed_metrics_enabled = true
  }
  route_settings {
    route_key                = aws_apigatewayv2_route.each["POST /invoices"].route_key
    throttling_rate_limit    = 20
    throttling_burst_limit   = 40
    detailed_metrics_enabled = true
  }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.each["access"].arn
    format = jsonencode({
      time              = "$context.requestTimeEpoch"
      requestId         = "$context.requestId"
      ip                = "$context.identity.sourceIp"
      caller            = "$context.authorizer.caller"
      method            = "$context.httpMethod"
      path              = "$context.path"
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
  value = aws_apigatewayv2_stage.default.invoke_url
}
